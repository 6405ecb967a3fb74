package temporal

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// betweenPolls is how long a worker may be without an open question after its
// last answer: it asks again at once, unless the machine is very busy.
const betweenPolls = 5 * time.Second

// ErrNotPolling says that no worker of the client asks for work: it has stopped,
// or the server refuses to give it any.
var ErrNotPolling = errors.New("no worker asks Temporal for work")

// Polls watches how the workers of a client ask for workflow tasks. A worker that
// gives up, like one whose namespace has been deleted, does so without ending the
// process. Its zero value is ready; one belongs to one client.
type Polls struct {
	mu       sync.Mutex
	open     int
	answered time.Time
}

// Err gives nil while a worker asks for work, and ErrNotPolling otherwise.
func (p *Polls) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open > 0 || time.Since(p.answered) < betweenPolls {
		return nil
	}
	return ErrNotPolling
}

// intercept implements grpc.UnaryClientInterceptor.
func (p *Polls) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if method != workflowservice.WorkflowService_PollWorkflowTaskQueue_FullMethodName {
		return invoke(ctx, method, request, reply, conn, options...)
	}
	p.begin()
	err := invoke(ctx, method, request, reply, conn, options...)
	p.end(err)
	return err
}

func (p *Polls) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open++
}

func (p *Polls) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open--
	if err == nil {
		p.answered = time.Now()
	}
}
