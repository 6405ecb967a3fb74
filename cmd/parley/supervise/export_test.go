package supervise

import "time"

// LimitLogs lets a test see a log trimmed soon.
func (s *Supervisor) LimitLogs(size int64, check time.Duration) { s.limits = logLimits{size, check} }
