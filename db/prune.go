package db

import (
	"context"
	"time"
)

// How long things are kept that are needed only for a while.
const (
	// TurnEventsKept is the least age of an ended turn whose chunks are dropped;
	// its answer is in the stored message.
	TurnEventsKept = 24 * time.Hour
	// TurnArchivesKept is how long exports still find what the chunks were: as long
	// as Temporal keeps the workflow's history, without which they tell little.
	TurnArchivesKept = 30 * 24 * time.Hour
	// archiveBytes bounds the log of a turn that is kept for exports. A long answer
	// has a hundredth of it.
	archiveBytes = 16 << 20
	// IdempotencyKeysKept is how long a repeated request gets the first answer.
	IdempotencyKeysKept = 24 * time.Hour
	// pruneBite bounds the rows of one transaction, so that none holds its locks
	// for long.
	pruneBite = 500
)

// Pruned counts what Prune has dropped.
type Pruned struct{ Turns, Archives, IdempotencyKeys, Sessions int64 }

// Prune drops what is no longer needed, in many short transactions. Several
// nodes may prune at once: each takes what no other is at.
func (d *DB) Prune(ctx context.Context) (pruned Pruned, err error) {
	now := time.Now()
	for _, kind := range []struct {
		dropped *int64
		bite    func(*SystemTx) (int64, error)
	}{
		{&pruned.Turns, func(tx *SystemTx) (int64, error) {
			before, since := now.Add(-TurnEventsKept), now.Add(-TurnArchivesKept)
			return tx.TurnEventPrune(ctx, TurnEventPruneParams{
				FinishedBefore: &before, ArchivedSince: since, ArchiveBytes: archiveBytes, Max: pruneBite,
			})
		}},
		{&pruned.Archives, func(tx *SystemTx) (int64, error) {
			return tx.TurnArchivePrune(ctx, now.Add(-TurnArchivesKept), pruneBite)
		}},
		{&pruned.IdempotencyKeys, func(tx *SystemTx) (int64, error) {
			return tx.IdempotencyKeyPrune(ctx, now.Add(-IdempotencyKeysKept), pruneBite)
		}},
		{&pruned.Sessions, func(tx *SystemTx) (int64, error) { return tx.SessionPrune(ctx, pruneBite) }},
	} {
		if *kind.dropped, err = d.pruneAll(ctx, kind.bite); err != nil {
			return pruned, err
		}
	}
	return pruned, nil
}

func (d *DB) pruneAll(ctx context.Context, bite func(*SystemTx) (int64, error)) (total int64, err error) {
	for {
		var dropped int64
		err := d.System(ctx, func(tx *SystemTx) (err error) {
			dropped, err = bite(tx)
			return err
		})
		total += dropped
		if err != nil || dropped == 0 {
			return total, err
		}
	}
}
