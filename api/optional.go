package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a field that may be absent, null or a value, which are three
// different wishes in a PATCH: leave it, clear it, set it.
type Optional[T any] struct {
	Present bool
	Value   *T
}

// UnmarshalJSON runs only for fields that are there.
func (o *Optional[T]) UnmarshalJSON(text []byte) error {
	o.Present = true
	return json.Unmarshal(text, &o.Value)
}

// IsZero lets omitzero leave an absent field out.
func (o Optional[T]) IsZero() bool { return !o.Present }

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// Schema documents the value, or null.
func (o Optional[T]) Schema(registry huma.Registry) *huma.Schema {
	schema := *registry.Schema(reflect.TypeFor[T](), false, "")
	schema.Nullable = true
	return &schema
}

// apply clears or sets, if that is wished.
func (o Optional[T]) apply(to **T) {
	if o.Present {
		*to = o.Value
	}
}
