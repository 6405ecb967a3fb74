package turn

import (
	"sync"
	"time"

	"github.com/parley-chat/parley/chat"
)

const (
	// refusalSpan is how long a node remembers how often it has refused a tenant.
	refusalSpan = time.Second
	// refusalsWeighed is how many refusals of a tenant in that time are the
	// database's own. Those that follow are the node's, and cost nearly nothing: a
	// tenant that floods must not slow the others down by being refused.
	refusalsWeighed = 20
)

// refusals counts, for the span that runs, how often each tenant was refused
// because of its limits.
type refusals struct {
	mu   sync.Mutex
	ends time.Time
	of   map[chat.TenantID]refused
}

type refused struct {
	times int
	last  error
}

// due gives the refusal of a tenant that floods; nil: the database decides.
func (r *refusals) due(tenant chat.TenantID, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seen := r.of[tenant]; seen.times >= refusalsWeighed && now.Before(r.ends) {
		return seen.last
	}
	return nil
}

// note takes in how a claim has ended.
func (r *refusals) note(tenant chat.TenantID, err error, now time.Time) {
	if chat.CodeOf(err) != chat.CodeRateLimited {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !now.Before(r.ends) {
		r.of, r.ends = map[chat.TenantID]refused{}, now.Add(refusalSpan)
	}
	r.of[tenant] = refused{r.of[tenant].times + 1, err}
}
