package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/parley-chat/parley/telemetry"
)

// Pools tells how busy the connections are, one pool a role.
func (d *DB) Pools() []telemetry.Pool {
	return []telemetry.Pool{poolOf("tenant", d.tenant), poolOf("system", d.system), poolOf("log", d.log)}
}

func poolOf(name string, pool *pgxpool.Pool) telemetry.Pool {
	stat := pool.Stat()
	return telemetry.Pool{
		Name: name, InUse: stat.AcquiredConns(), Idle: stat.IdleConns(), Max: stat.MaxConns(),
		Waits: stat.EmptyAcquireCount(), Waited: stat.EmptyAcquireWaitTime(), GivenUp: stat.CanceledAcquireCount(),
	}
}

// Backlog tells how many turns run on all nodes, and how quiet they are.
func (d *DB) Backlog(ctx context.Context) (backlog telemetry.Backlog, err error) {
	err = d.System(ctx, func(tx *SystemTx) error {
		row, err := tx.TurnBacklog(ctx)
		backlog = telemetry.Backlog{Running: row.Running, Silent: time.Duration(row.SilentSeconds * float64(time.Second))}
		return err
	})
	return backlog, err
}
