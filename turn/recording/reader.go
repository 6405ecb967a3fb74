package recording

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
)

// Bundle is a recorded turn that has been read.
type Bundle struct {
	Manifest Manifest
	Turn     Turn
	Input    Input
	Agent    Agent
	Answer   Answer
	Usage    []json.RawMessage
	Events   []Event
	History  *historypb.History // nil if it was gone
}

// Open reads a bundle from a file. It refuses what is damaged, incomplete, too
// large or of a version that this build does not know.
func Open(path string) (*Bundle, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("not a whole bundle: %w", err)
	}
	defer func() { _ = archive.Close() }()
	return read(&archive.Reader)
}

func read(archive *zip.Reader) (*Bundle, error) {
	b, r := &Bundle{}, &reader{archive, MaxSize}
	if err := r.json(FileManifest, &b.Manifest); err != nil {
		return nil, err
	}
	if b.Manifest.Format != Format || b.Manifest.Version < 1 || b.Manifest.Version > Version {
		return nil, fmt.Errorf("a bundle of %q version %d, and this build reads %s up to %d",
			b.Manifest.Format, b.Manifest.Version, Format, Version)
	}
	for name, value := range map[string]any{
		FileTurn: &b.Turn, FileInput: &b.Input, FileAgent: &b.Agent, FileAnswer: &b.Answer, FileUsage: &b.Usage,
	} {
		if err := r.json(name, value); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(r.events(b), r.history(b)); err != nil {
		return nil, err
	}
	return b, nil
}

type reader struct {
	archive *zip.Reader
	left    int64 // of MaxSize
}

func (r *reader) file(name string) ([]byte, error) {
	file, err := r.archive.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing", name)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	// What the archive says of a file's size need not be true.
	content, err := io.ReadAll(io.LimitReader(file, r.left+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.left -= int64(len(content)); r.left < 0 {
		return nil, errTooLarge
	}
	return content, nil
}

func (r *reader) json(name string, value any) error {
	content, err := r.file(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (r *reader) events(b *Bundle) error {
	if b.Manifest.Events.State == StateGone {
		return nil
	}
	content, err := r.file(FileEvents)
	if err != nil {
		return err
	}
	lines := json.NewDecoder(bytes.NewReader(content))
	for lines.More() {
		var event Event
		if err := lines.Decode(&event); err != nil {
			return fmt.Errorf("%s: line %d: %w", FileEvents, len(b.Events)+1, err)
		}
		b.Events = append(b.Events, event)
		if event.Seq != int64(len(b.Events)) {
			return fmt.Errorf("%s: event %d stands where %d should", FileEvents, event.Seq, len(b.Events))
		}
	}
	if int64(len(b.Events)) != b.Manifest.Events.Count {
		return fmt.Errorf("%s has %d events, and the manifest says %d", FileEvents, len(b.Events), b.Manifest.Events.Count)
	}
	return nil
}

func (r *reader) history(b *Bundle) error {
	if b.Manifest.History.State == StateGone {
		return nil
	}
	content, err := r.file(FileHistory)
	if err != nil {
		return err
	}
	b.History = &historypb.History{}
	if err := (temporalproto.CustomJSONUnmarshalOptions{DiscardUnknown: true, Metadata: readable}).Unmarshal(content, b.History); err != nil {
		return fmt.Errorf("%s: %w", FileHistory, err)
	}
	if int64(len(b.History.GetEvents())) != b.Manifest.History.Count {
		return fmt.Errorf("%s has %d events, and the manifest says %d",
			FileHistory, len(b.History.GetEvents()), b.Manifest.History.Count)
	}
	return nil
}
