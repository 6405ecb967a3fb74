package node

import (
	"context"
	"log/slog"
	"time"
)

const tidyEvery = 10 * time.Minute

// tidy drops what the database need not keep any longer, now and again and
// again, until the context ends. What fails is left for the next time.
func (n *Node) tidy(ctx context.Context, logger *slog.Logger) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		pruned, err := n.DB.Prune(ctx)
		if err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "pruning failed", "error", err)
		}
		logger.DebugContext(ctx, "pruned", "turns", pruned.Turns, "archives", pruned.Archives, "idempotency_keys", pruned.IdempotencyKeys, "sessions", pruned.Sessions)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
