package recording

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"io"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
)

// errTooLarge ends the writing or reading of a bundle.
var errTooLarge = errors.New("the turn is larger than a bundle may be")

// Writer writes a bundle, file by file, without holding more than a piece of
// it. After an error the bundle is spoilt. Close must be called for a whole one.
type Writer struct {
	zip  *zip.Writer
	left int64 // of MaxSize
}

// NewWriter writes to w as it goes.
func NewWriter(w io.Writer) *Writer { return &Writer{zip.NewWriter(w), MaxSize} }

// JSON adds a file with one value.
func (w *Writer) JSON(name string, value any) error {
	file, err := w.create(name)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(file)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// Events adds the turn's log, one event a line, page by page until one is empty.
func (w *Writer) Events(next func() ([]Event, error)) error {
	file, err := w.create(FileEvents)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(file)
	for {
		page, err := next()
		if err != nil || len(page) == 0 {
			return err
		}
		for _, event := range page {
			if err := encoder.Encode(event); err != nil {
				return err
			}
		}
	}
}

// readable has payloads written as what they say, as `temporal workflow show` does.
var readable = map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}

// History adds the workflow's history in Temporal's own form. next gives nil after
// the last event.
func (w *Writer) History(next func() (*historypb.HistoryEvent, error)) error {
	file, err := w.create(FileHistory)
	if err != nil {
		return err
	}
	before := "{\"events\":[\n"
	for {
		event, err := next()
		if err != nil {
			return err
		}
		if event == nil {
			_, err = io.WriteString(file, "\n]}\n")
			return err
		}
		text, err := temporalproto.CustomJSONMarshalOptions{Metadata: readable}.Marshal(event)
		if err != nil {
			return err
		}
		if _, err := file.Write(append([]byte(before), text...)); err != nil {
			return err
		}
		before = ",\n"
	}
}

// Close ends the bundle.
func (w *Writer) Close() error { return w.zip.Close() }

func (w *Writer) create(name string) (io.Writer, error) {
	file, err := w.zip.Create(name)
	return &bounded{file, &w.left}, err
}

// bounded lets no more through than what is left of a bundle.
type bounded struct {
	to   io.Writer
	left *int64
}

func (b *bounded) Write(data []byte) (int, error) {
	if *b.left -= int64(len(data)); *b.left < 0 {
		return 0, errTooLarge
	}
	return b.to.Write(data)
}
