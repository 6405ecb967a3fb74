package turn

import (
	"context"
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
	refusalsWeighed = 5
	// refusalsHeld is how many of the node's own refusals are kept back for a span:
	// who waits for an answer does not ask again meanwhile.
	refusalsHeld = 2000
)

// refusals counts, for the span that runs, how often each tenant was refused
// because of its limits.
type refusals struct {
	mu   sync.Mutex
	ends time.Time
	of   map[chat.TenantID]refused
	held int
}

type refused struct {
	times int
	last  error
}

// due gives the refusal of a tenant that floods, after a span or when the context
// ends; nil: the database decides.
func (r *refusals) due(ctx context.Context, tenant chat.TenantID, now time.Time) error {
	hold, refusal := r.repeat(tenant, now)
	if hold <= 0 {
		return refusal
	}
	select {
	case <-time.After(hold):
	case <-ctx.Done():
	}
	r.mu.Lock()
	r.held--
	r.mu.Unlock()
	return refusal
}

// repeat gives the tenant's last refusal if the next one is the node's own, and
// before it for how long to keep it back.
func (r *refusals) repeat(tenant chat.TenantID, now time.Time) (hold time.Duration, refusal error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.of[tenant]
	if seen.times < refusalsWeighed || !now.Before(r.ends) {
		return 0, nil
	}
	if r.held >= refusalsHeld {
		return 0, seen.last
	}
	r.held++
	return refusalSpan, seen.last
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
