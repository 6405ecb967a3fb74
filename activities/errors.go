package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/workflows"
)

// maxModelFailures is how often a step is tried while the provider keeps
// failing: with the retry policy's back-off, about ten seconds.
const maxModelFailures = 6

// errorHandedOver is no failure of the model's: another worker takes the step at
// once, so after handOverDelay, which is as good as none.
const (
	errorHandedOver = "handed_over"
	handOverDelay   = time.Millisecond
)

// stepError tells Temporal whether, and when, to try the step again.
func (t *tries) stepError(ctx context.Context, err error) error {
	if errors.Is(err, errHandedOver) {
		return temporal.NewApplicationErrorWithOptions(err.Error(), errorHandedOver, temporal.ApplicationErrorOptions{NextRetryDelay: handOverDelay})
	}
	failed := llm.AsError(err)
	if failed == nil || ctx.Err() != nil {
		return err
	}
	kind := errorType(failed.Kind)
	_, unchecked := errors.AsType[*checkError](err)
	if unchecked {
		kind = workflows.ErrorCheckUnavailable
	}
	delay, retryable := failed.RetryAfter, failed.Retryable
	failures := t.fail(ctx)
	if t.models > 1 && isDown(err) && !unchecked {
		retryable, kind = true, workflows.ErrorModelUnavailable
		if failures%t.models != 0 { // the next model has not been asked yet
			delay = handOverDelay
		}
	}
	if failures >= max(maxModelFailures, 2*t.models) || !retryable {
		return temporal.NewNonRetryableApplicationError("the model gave no answer", kind, err)
	}
	return temporal.NewApplicationErrorWithOptions("the model gave no answer yet", kind, temporal.ApplicationErrorOptions{
		Cause: err, NextRetryDelay: delay,
	})
}

func errorType(kind llm.ErrorKind) string {
	switch kind {
	case llm.KindInvalid:
		return workflows.ErrorModelRejected
	case llm.KindAuth, llm.KindQuota:
		return workflows.ErrorModelCredentials
	default:
		return workflows.ErrorModelUnavailable
	}
}
