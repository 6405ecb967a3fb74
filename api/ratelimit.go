package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/parley-chat/parley/chat"
)

// Quota allows Count requests in any Per, and a burst of as many. The zero value
// stands for the default.
type Quota struct {
	Count int
	Per   time.Duration
}

// Limits protect a node from one caller. They are counted by each node for
// itself; what a tenant may spend is counted in the database.
type Limits struct {
	Address       Quota // requests from one client address, or IPv6 /64
	Visitor       Quota // requests of one visitor
	VisitorTurns  Quota // turns that one visitor starts
	Key           Quota // requests with one secret key, widget sessions with one publishable key
	User          Quota // requests of one signed-in person
	SignInAddress Quota // sign-ins from one address
	SignInAccount Quota // failed sign-ins to one account
	Session       Quota // widget sessions opened from one address
}

func (l Limits) orDefaults() Limits {
	fill := func(q *Quota, count int) {
		if q.Count == 0 {
			*q = Quota{count, time.Minute}
		}
	}
	fill(&l.Address, 1200)
	fill(&l.Visitor, 300)
	fill(&l.VisitorTurns, 20)
	fill(&l.Key, 6000)
	fill(&l.User, 1200)
	fill(&l.SignInAddress, 30)
	fill(&l.SignInAccount, 10)
	fill(&l.Session, 120)
	return l
}

// trackedCallers bounds a limiter's memory: the callers seen last are kept.
const trackedCallers = 50_000

// limiter applies one quota to many callers.
type limiter struct {
	name    string
	quota   Quota
	callers *lru.Cache[string, *rate.Limiter]
}

func newLimiter(name string, quota Quota) *limiter {
	callers, err := lru.New[string, *rate.Limiter](trackedCallers)
	if err != nil {
		panic(err) // only a size below one fails, and it is a constant
	}
	return &limiter{name: name, quota: quota, callers: callers}
}

func (l *limiter) of(caller string) *rate.Limiter {
	fresh := rate.NewLimiter(rate.Every(l.quota.Per/time.Duration(l.quota.Count)), l.quota.Count)
	if known, found, _ := l.callers.PeekOrAdd(caller, fresh); found {
		l.callers.Get(caller) // counts as use
		return known
	}
	return fresh
}

// take counts a request, says in the answer's header how much is left, and gives
// the error that refuses the request if that is nothing.
func (l *limiter) take(ctx context.Context, caller string) error {
	bucket := l.of(caller)
	allowed := bucket.Allow()
	l.describe(noteOf(ctx).header, bucket)
	if allowed {
		return nil
	}
	return l.refusal(bucket)
}

// left refuses like take, but counts nothing: failures are counted by spend.
func (l *limiter) left(ctx context.Context, caller string) error {
	bucket := l.of(caller)
	if bucket.Tokens() >= 1 {
		return nil
	}
	l.describe(noteOf(ctx).header, bucket)
	return l.refusal(bucket)
}

func (l *limiter) spend(caller string) { l.of(caller).Allow() }

func (l *limiter) describe(header http.Header, bucket *rate.Limiter) {
	tokens := max(bucket.Tokens(), 0)
	refill := (float64(l.quota.Count) - tokens) / float64(bucket.Limit())
	addItem(header, "RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", l.name, l.quota.Count, int(l.quota.Per.Seconds())))
	addItem(header, "RateLimit", fmt.Sprintf("%q;r=%d;t=%d", l.name, int(tokens), int(math.Ceil(refill))))
}

func (l *limiter) refusal(bucket *rate.Limiter) error {
	wait := (1 - bucket.Tokens()) / float64(bucket.Limit())
	seconds := max(int(math.Ceil(wait)), 1)
	message := fmt.Sprintf("Too many requests: try again in %d s.", seconds)
	problem := problemFor(chat.NewError(chat.CodeRateLimited, message))
	problem.headers = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	return problem
}

// addItem adds to a list in one header line, as structured fields want it.
func addItem(header http.Header, name, item string) {
	if before := header.Get(name); before != "" {
		item = strings.Join([]string{before, item}, ", ")
	}
	header.Set(name, item)
}

// limiters are the quotas of one node.
type limiters struct {
	address, visitor, visitorTurns, key, user, signInAddress, signInAccount, session *limiter
}

func newLimiters(l Limits) limiters {
	l = l.orDefaults()
	return limiters{
		address:       newLimiter("address", l.Address),
		visitor:       newLimiter("visitor", l.Visitor),
		visitorTurns:  newLimiter("visitor-turns", l.VisitorTurns),
		key:           newLimiter("key", l.Key),
		user:          newLimiter("user", l.User),
		signInAddress: newLimiter("sign-in-address", l.SignInAddress),
		signInAccount: newLimiter("sign-in-account", l.SignInAccount),
		session:       newLimiter("session", l.Session),
	}
}
