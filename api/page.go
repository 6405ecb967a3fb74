package api

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/chat"
)

// Page is the query of every list.
type Page struct {
	Cursor string `query:"cursor" maxLength:"256" doc:"nextCursor of the page before; leave it out for the first page."`
	Limit  int32  `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"The most items to return."`
}

// List is the body of every list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty" doc:"Present when there are more items: pass it as cursor."`
}

// more is how many rows to ask for: one beyond the page tells whether there is
// another.
func (p Page) more() int32 { return p.Limit + 1 }

// listOf makes the body from rows that were asked for with more. cursor names
// the place of the last row shown.
func listOf[Row, T any](page Page, rows []Row, show func(Row) T, cursor func(Row) string) List[T] {
	list := List[T]{Items: make([]T, 0, len(rows))}
	if int32(len(rows)) > page.Limit {
		rows = rows[:page.Limit]
		list.NextCursor = encodeCursor(cursor(rows[len(rows)-1]))
	}
	for _, row := range rows {
		list.Items = append(list.Items, show(row))
	}
	return list
}

var errCursor = chat.NewError(chat.CodeInvalid, "The cursor is not one that a list has given.").At("query.cursor")

// Cursors are opaque, so that what they hold may change.
func encodeCursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

func (p Page) place() (string, error) {
	place, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil {
		return "", errCursor.Because(err)
	}
	return string(place), nil
}

// afterID reads a cursor that is an id: the zero id on the first page.
func (p Page) afterID(id interface{ UnmarshalText([]byte) error }) error {
	place, err := p.place()
	if err != nil {
		return err
	}
	if err := id.UnmarshalText([]byte(place)); err != nil {
		return errCursor.Because(err)
	}
	return nil
}

// beforeNumber reads a cursor that is a number.
func (p Page) beforeNumber(first int32) (int32, error) {
	if p.Cursor == "" {
		return first, nil
	}
	place, err := p.place()
	if err != nil {
		return 0, err
	}
	number, err := strconv.ParseInt(place, 10, 32)
	if err != nil {
		return 0, errCursor.Because(err)
	}
	return int32(number), nil
}

// moment is a cursor of lists in order of time; the id decides between rows of
// the same instant.
type moment struct {
	at *time.Time
	id chat.ConversationID
}

func (p Page) beforeMoment() (moment, error) {
	place, err := p.place()
	if err != nil || place == "" {
		return moment{}, err
	}
	text, id, _ := strings.Cut(place, " ")
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return moment{}, errCursor.Because(err)
	}
	m := moment{at: &at}
	if m.id, err = chat.ParseID[chat.ConversationID](id); err != nil {
		return moment{}, errCursor.Because(err)
	}
	return m, nil
}

func momentCursor(at time.Time, id chat.ConversationID) string {
	return at.Format(time.RFC3339Nano) + " " + id.String()
}
