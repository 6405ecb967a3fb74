package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-chat/parley/chat"
)

// Subject is what some work is about, as far as it is known. It travels in the
// context: log lines, and spans that begin later, carry its ids.
type Subject struct {
	Request      string // the id of an HTTP request
	Tenant       chat.TenantID
	Conversation chat.ConversationID
	Turn         chat.TurnID
}

// Keys of the ids, in logs and, after "parley.", in spans.
const (
	keyRequest      = "request"
	keyTenant       = "tenant"
	keyConversation = "conversation"
	keyTurn         = "turn"
	spanPrefix      = "parley."
)

type subjectKey struct{}

// About adds what is known to the context, and to the span that is open in it.
func About(ctx context.Context, known Subject) context.Context {
	subject := subjectOf(ctx).with(known)
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.SetAttributes(subject.attributes()...)
		ctx = baggage.ContextWithBaggage(ctx, subject.baggage())
	}
	return context.WithValue(ctx, subjectKey{}, subject)
}

func subjectOf(ctx context.Context) Subject {
	subject, _ := ctx.Value(subjectKey{}).(Subject)
	return subject
}

func (s Subject) with(known Subject) Subject {
	if known.Request != "" {
		s.Request = known.Request
	}
	if !known.Tenant.IsZero() {
		s.Tenant = known.Tenant
	}
	if !known.Conversation.IsZero() {
		s.Conversation = known.Conversation
	}
	if !known.Turn.IsZero() {
		s.Turn = known.Turn
	}
	return s
}

// each visits the ids that are known.
func (s Subject) each(visit func(key, value string)) {
	if s.Request != "" {
		visit(keyRequest, s.Request)
	}
	if !s.Tenant.IsZero() {
		visit(keyTenant, s.Tenant.String())
	}
	if !s.Conversation.IsZero() {
		visit(keyConversation, s.Conversation.String())
	}
	if !s.Turn.IsZero() {
		visit(keyTurn, s.Turn.String())
	}
}

func (s Subject) attributes() []attribute.KeyValue {
	var attributes []attribute.KeyValue
	s.each(func(key, value string) { attributes = append(attributes, attribute.String(spanPrefix+key, value)) })
	return attributes
}

// baggage is how the subject reaches the spans of workflows: through the headers
// that Temporal keeps with them.
func (s Subject) baggage() baggage.Baggage {
	var members []baggage.Member
	s.each(func(key, value string) {
		if member, err := baggage.NewMember(spanPrefix+key, value); err == nil {
			members = append(members, member)
		}
	})
	bag, _ := baggage.New(members...) // four short members are within every limit
	return bag
}

// carried gives the ids that have come with a context, from this process or
// from another.
func carried(ctx context.Context) []attribute.KeyValue {
	if subject := subjectOf(ctx); subject != (Subject{}) {
		return subject.attributes()
	}
	var attributes []attribute.KeyValue
	bag := baggage.FromContext(ctx)
	for _, key := range []string{keyRequest, keyTenant, keyConversation, keyTurn} {
		if value := bag.Member(spanPrefix + key).Value(); value != "" {
			attributes = append(attributes, attribute.String(spanPrefix+key, value))
		}
	}
	return attributes
}
