package turn

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
)

// Staff is whoever answers for the team: a member, or a program with their consent.
type Staff struct {
	User chat.UserID // zero: a program
	Name string      // as the visitor is shown it
}

// How a conversation comes back to its agent.
const (
	endReturned   = "returned"
	endUnanswered = "unanswered"
	endCanceled   = "canceled"
)

// people is a transaction about who answers in a conversation, which it has locked.
type people struct {
	tx           *db.TenantTx
	conversation db.Conversation
	handoff      db.Handoff // the one that it is about; zero: there is none
	stop         chat.TurnID
	events       []json.RawMessage
}

var errNoConversation = chat.NewError(chat.CodeNotFound, "There is no such conversation.")

// withPeople runs a transaction about who answers in a conversation, and tells of it.
// It gives the conversation as it is afterwards.
func (s *Service) withPeople(ctx context.Context, tenant chat.TenantID, id chat.ConversationID, do func(context.Context, *people) error) (db.Conversation, error) {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: tenant, Conversation: id})
	var p people
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		p = people{tx: tx}
		p.conversation, err = tx.ConversationLock(ctx, id)
		// A draft that somebody tries out talks to nobody else.
		apart := p.conversation.DeletedAt != nil || p.conversation.Kind == chat.KindPlayground
		if chat.CodeOf(err) == chat.CodeNotFound || err == nil && apart {
			return errNoConversation
		}
		if err != nil {
			return err
		}
		if err := do(ctx, &p); err != nil || len(p.events) == 0 {
			return err
		}
		if p.conversation, err = tx.ConversationLock(ctx, id); err != nil {
			return err
		}
		return s.log.Notify(ctx, tx)
	})
	if err != nil {
		return db.Conversation{}, err
	}
	s.log.PublishConversation(tenant, id, p.conversation.LastEventSeq, p.events)
	s.hintHandoff(ctx, tenant, p.handoff)
	if !p.stop.IsZero() {
		s.stopNow(ctx, tenant, p.stop)
	}
	return p.conversation, nil
}

// PersonAsked is what has come of asking for a person.
type PersonAsked struct {
	Conversation db.Conversation
	// OpensAt is when there is somebody to ask; zero: a person was asked now.
	OpensAt time.Time
}

var (
	errNoPeople = chat.NewError(chat.CodeConflict, "This assistant does not hand over to people.")
	errAgent    = chat.NewError(chat.CodeConflict, "The assistant answers in this conversation. Take it over first.")
)

// AskForPerson gives a visitor's conversation to people, if there are any at this time.
// Asked again it changes nothing.
//
// Errors: not_found; conflict if the agent hands over to nobody.
func (s *Service) AskForPerson(ctx context.Context, tenant chat.TenantID, id chat.ConversationID) (PersonAsked, error) {
	var asked PersonAsked
	var err error
	asked.Conversation, err = s.withPeople(ctx, tenant, id, func(ctx context.Context, p *people) error {
		if p.conversation.Mode == chat.ModeHuman {
			return nil
		}
		agent, err := p.tx.AgentPublished(ctx, firstAgent(p.conversation.SpeakerID, p.conversation.AgentID))
		if err != nil && chat.CodeOf(err) != chat.CodeNotFound {
			return err
		}
		if err != nil || !agent.AgentVersion.Config.Human.Enabled {
			return errNoPeople
		}
		at, ok := agent.AgentVersion.Config.Human.Opens(time.Now())
		if !ok {
			return errNoPeople
		}
		if asked.OpensAt = at; !at.IsZero() {
			return nil
		}
		return p.open(ctx, db.HandoffOpenParams{AskedBy: "visitor", AnswerMinutes: int32(agent.AgentVersion.Config.Human.Minutes())})
	})
	return asked, err
}

// Take puts a person in charge of a conversation, whoever has answered in it so far. An
// answer that is being given is stopped. Where another person is in charge, force says
// that they know.
//
// Errors: not_found; conflict if another person is in charge.
func (s *Service) Take(ctx context.Context, tenant chat.TenantID, id chat.ConversationID, staff Staff, force bool) (db.Conversation, error) {
	return s.withPeople(ctx, tenant, id, func(ctx context.Context, p *people) error {
		if p.conversation.Mode == chat.ModeHuman && p.conversation.StaffName != "" {
			open, err := p.tx.HandoffOfConversation(ctx, id)
			switch {
			case err != nil:
				return err
			case open.TakenBy == staff.User && p.conversation.StaffName == staff.Name:
				return nil
			case !force:
				return chat.Errorf(chat.CodeConflict, "%s answers in this conversation.", p.conversation.StaffName)
			}
		}
		return p.take(ctx, staff)
	})
}

func (p *people) take(ctx context.Context, staff Staff) (err error) {
	opened := p.conversation.Mode != chat.ModeHuman
	if opened {
		if err := p.stopAnswer(ctx); err != nil {
			return err
		}
		if _, err := p.tx.HandoffOpen(ctx, db.HandoffOpenParams{
			ID: chat.NewID[chat.HandoffID](), ConversationID: p.conversation.ID, AskedBy: "staff", AnswerMinutes: chat.DefaultAnswerMinutes,
		}); err != nil {
			return err
		}
	}
	p.handoff, err = p.tx.HandoffTake(ctx, staff.User, p.conversation.ID, staff.Name)
	if err != nil {
		return err
	}
	if opened { // nobody has waited for a person
		if p.handoff, err = p.tx.HandoffAnswered(ctx, p.conversation.ID); err != nil {
			return err
		}
	}
	return p.note(ctx, chat.ModeHuman, chat.HandoffNote{State: chat.HandoffTaken, Name: staff.Name})
}

// stopAnswer ends what the agent is saying: from here on a person speaks.
func (p *people) stopAnswer(ctx context.Context) error {
	active, err := p.tx.TurnActive(ctx, p.conversation.ID)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.stop = active.ID
	_, err = p.tx.TurnRequestStop(ctx, active.ID)
	return err
}

// Write says something in a conversation that people answer. Whoever writes first is in
// charge.
//
// Errors: not_found; conflict while the agent answers.
func (s *Service) Write(ctx context.Context, tenant chat.TenantID, id chat.ConversationID, staff Staff, parts []chat.Part) (chat.MessageID, error) {
	message := chat.NewID[chat.MessageID]()
	_, err := s.withPeople(ctx, tenant, id, func(ctx context.Context, p *people) error {
		if p.conversation.Mode != chat.ModeHuman {
			return errAgent
		}
		if p.conversation.StaffName == "" {
			if err := p.take(ctx, staff); err != nil {
				return err
			}
		}
		shown := preview(parts)
		if err := p.say(ctx, db.MessageAddParams{
			ID: message, Role: chat.RoleAssistant, Parts: parts, Preview: &shown, AuthorID: staff.User, Author: staff.Name,
		}); err != nil {
			return err
		}
		_, err := p.tx.HandoffAnswered(ctx, id)
		return err
	})
	return message, err
}

// Return gives a conversation back to its agent, which then answers what the visitor
// has said last and nobody has answered. One that the agent answers stays as it is.
//
// Errors: not_found.
func (s *Service) Return(ctx context.Context, tenant chat.TenantID, id chat.ConversationID) (db.Conversation, error) {
	return s.withPeople(ctx, tenant, id, func(ctx context.Context, p *people) error {
		return p.end(ctx, endReturned, chat.HandoffReturned)
	})
}

// CancelPerson lets the visitor go on with the agent.
//
// Errors: not_found.
func (s *Service) CancelPerson(ctx context.Context, tenant chat.TenantID, id chat.ConversationID) (db.Conversation, error) {
	return s.withPeople(ctx, tenant, id, func(ctx context.Context, p *people) error {
		return p.end(ctx, endCanceled, chat.HandoffCanceled)
	})
}

func (p *people) open(ctx context.Context, params db.HandoffOpenParams) (err error) {
	params.ID, params.ConversationID = chat.NewID[chat.HandoffID](), p.conversation.ID
	if p.handoff, err = p.tx.HandoffOpen(ctx, params); err != nil {
		return err
	}
	return p.note(ctx, chat.ModeHuman, chat.HandoffNote{State: chat.HandoffWaiting})
}

func (p *people) end(ctx context.Context, ending string, state chat.HandoffState) (err error) {
	if p.conversation.Mode != chat.ModeHuman {
		return nil
	}
	if p.handoff, err = p.tx.HandoffEnd(ctx, ending, p.conversation.ID); err != nil {
		return err
	}
	return p.note(ctx, chat.ModeAgent, chat.HandoffNote{State: state})
}

// note tells the conversation's readers, now and later, who answers from here on.
func (p *people) note(ctx context.Context, mode chat.ConversationMode, note chat.HandoffNote) error {
	data, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return p.say(ctx,
		db.MessageAddParams{ID: chat.NewID[chat.MessageID](), Role: chat.RoleAssistant, Parts: []chat.Part{{Type: chat.PartHandoff, Data: data}}},
		chat.ConversationEvent{Type: chat.EventModeChanged, Mode: mode, Staff: note.Name})
}

func (p *people) say(ctx context.Context, message db.MessageAddParams, besides ...chat.ConversationEvent) (err error) {
	events := append([]chat.ConversationEvent{{Type: chat.EventMessageAdded, MessageID: message.ID, Role: message.Role}}, besides...)
	message.ConversationID = p.conversation.ID
	if message.Events, err = encodeEvents(events); err != nil {
		return err
	}
	p.events = append(p.events, message.Events...)
	_, err = p.tx.MessageAdd(ctx, message)
	return err
}
