package db

import (
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// registerIDs teaches a connection to carry chat's identifiers as 16 bytes.
// Without it they travel as text through database/sql's interfaces, which costs
// an allocation and a parse for every id of every row.
func registerIDs(types *pgtype.Map) {
	id := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	types.RegisterType(id)
	types.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: id}})
}

// identifier is any chat.ID.
type identifier interface {
	IsZero() bool
	Bytes() [16]byte
}

type idCodec struct{ pgtype.UUIDCodec }

func (c idCodec) PlanEncode(types *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(identifier); ok && format == pgtype.BinaryFormatCode {
		return encodeID{}
	}
	return c.UUIDCodec.PlanEncode(types, oid, format, value)
}

func (c idCodec) PlanScan(types *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	_, isID := target.(identifier)
	if _, scans := target.(sql.Scanner); isID && scans && format == pgtype.BinaryFormatCode {
		return scanID{}
	}
	return c.UUIDCodec.PlanScan(types, oid, format, target)
}

type encodeID struct{}

func (encodeID) Encode(value any, buf []byte) ([]byte, error) {
	id, ok := value.(identifier)
	if !ok {
		return nil, fmt.Errorf("a %T is not an id", value)
	}
	if id.IsZero() {
		return nil, nil // NULL
	}
	bytes := id.Bytes()
	return append(buf, bytes[:]...), nil
}

type scanID struct{}

func (scanID) Scan(source []byte, target any) error {
	id, ok := target.(sql.Scanner)
	if !ok {
		return fmt.Errorf("a %T is not an id", target)
	}
	if source == nil {
		return id.Scan(nil)
	}
	return id.Scan(source)
}
