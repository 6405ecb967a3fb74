package db

import "context"

// lostSinceBackup is what becomes of a call that was open when a backup was taken.
const lostSinceBackup = "This was under way when a backup was taken that has been restored since. It is not known whether it was done: a person has to look."

// MarkRestored tells a database that it comes from a backup. Changes that tools had
// under way then may have been made since, so nobody makes them again: their
// outcome is unknown. It gives their number.
func (d *DB) MarkRestored(ctx context.Context) (calls int64, err error) {
	err = d.System(ctx, func(tx *SystemTx) error {
		calls, err = tx.ToolCallRestored(ctx, lostSinceBackup)
		return err
	})
	return calls, err
}
