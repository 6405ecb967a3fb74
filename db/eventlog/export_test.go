package eventlog

import "time"

// NeverPoll leaves a log with what it is told by others.
func (l *Log) NeverPoll() { l.pollEvery = time.Hour }
