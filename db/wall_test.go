package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// Methods that have nothing to do with rows.
var notAboutRows = map[string]bool{"Notify": true, "WithTx": true}

// Every method of TenantTx is called with what belongs to tenant A: by tenant B,
// who must neither see nor change anything of A's, and then by A, for whom the
// same call must do something. So no method passes because its arguments miss,
// and a new method fails here until argument knows what to give it.
func TestNoMethodReachesAcrossTheWall(t *testing.T) {
	t.Parallel()
	tryTheWall(t, dbtest.Open(t), dbtest.URL(t))
}

// The same without row-level security: each query has its own filter as well, so
// that either lock may fail without harm.
func TestQueriesKeepTenantsApartOnTheirOwn(t *testing.T) {
	t.Parallel()
	url, ctx := dbtest.Copy(t), context.Background()
	conn := owner(t, url)
	openings, err := column(ctx, conn, `
		SELECT format('ALTER POLICY tenant ON %s USING (true) WITH CHECK (true)', p.polrelid::regclass)
		  FROM pg_policy p WHERE p.polname = 'tenant'`)
	require.NoError(t, err)
	require.NotEmpty(t, openings)
	_, err = conn.Exec(ctx, strings.Join(openings, ";"))
	require.NoError(t, err)
	tryTheWall(t, openDB(t, url), url)
}

func tryTheWall(t *testing.T, d *db.DB, url string) {
	t.Helper()
	names, dump := parameterNames(t), dumpQuery(t, owner(t, url))
	methods := reflect.TypeFor[*db.TenantTx]()
	require.Greater(t, methods.NumMethod(), 40)
	for method := range methods.Methods() {
		if notAboutRows[method.Name] {
			continue
		}
		t.Run(method.Name, func(t *testing.T) {
			t.Parallel()
			a, b := populate(t, d), dbtest.Tenant(t, d)
			wall := wallCheck{d: d, conn: owner(t, url), dump: dump, a: a, method: method, names: names[method.Name]}
			before := wall.rowsOfA(t)
			wall.callAsStranger(t, b.TenantID)
			require.Equal(t, before, wall.rowsOfA(t), "the stranger changed rows")
			wall.callAsOwner(t, before)
		})
	}
}

type wallCheck struct {
	d      *db.DB
	conn   *pgx.Conn
	dump   string
	a      populated
	method reflect.Method
	names  []string
}

func (w wallCheck) callAsStranger(t *testing.T, stranger chat.TenantID) {
	t.Helper()
	result, err := w.call(t, stranger)
	if err != nil {
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "a stranger may learn only that there is no such thing: %v", err)
	}
	shown, err := json.Marshal(result)
	require.NoError(t, err)
	for _, mark := range w.a.marks() {
		require.NotContains(t, string(shown), mark, "the stranger was shown what is A's")
	}
}

func (w wallCheck) callAsOwner(t *testing.T, before []string) {
	t.Helper()
	result, err := w.call(t, w.a.TenantID)
	require.NoError(t, err, "the call proves nothing: it fails for the owner as well")
	saw := result != nil && !reflect.ValueOf(result).IsZero()
	if list := reflect.ValueOf(result); saw && list.Kind() == reflect.Slice {
		saw = list.Len() > 0
	}
	changed := !reflect.DeepEqual(before, w.rowsOfA(t))
	require.True(t, saw || changed, "the call proves nothing: the owner sees and changes nothing either")
}

// call gives the method's result, nil when it has none but an error.
func (w wallCheck) call(t *testing.T, as chat.TenantID) (any, error) {
	t.Helper()
	ctx := context.Background()
	arguments := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 2; i < w.method.Type.NumIn(); i++ { // after the receiver and the context
		arguments = append(arguments, argument(t, w.a, w.method.Name, w.names[i-1], w.method.Type.In(i)))
	}
	var result any
	err := w.d.Tenant(ctx, as, func(tx *db.TenantTx) error {
		results := reflect.ValueOf(tx).MethodByName(w.method.Name).Call(arguments)
		if len(results) > 1 {
			result = results[0].Interface()
		}
		err, _ := reflect.TypeAssert[error](results[len(results)-1])
		return err
	})
	return result, err
}

func (w wallCheck) rowsOfA(t *testing.T) []string {
	t.Helper()
	rows, err := column(context.Background(), w.conn, w.dump, w.a.TenantID.String())
	require.NoError(t, err)
	return rows
}

// dumpQuery selects every row of one tenant as text.
func dumpQuery(t *testing.T, conn queryer) string {
	t.Helper()
	tables, err := column(context.Background(), conn, `
		SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
		 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`)
	require.NoError(t, err)
	parts := []string{"SELECT 'tenants ' || r::text FROM tenants r WHERE r.id = $1::uuid"}
	for _, table := range tables {
		parts = append(parts, fmt.Sprintf("SELECT '%[1]s ' || r::text FROM %[1]s r WHERE r.tenant_id = $1::uuid", table))
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY 1"
}

// parameterNames reads the names of every query's parameters, which reflection
// does not know, out of the source.
func parameterNames(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("internal/tenantsql/*.go")
	require.NoError(t, err)
	own, err := filepath.Glob("*.go")
	require.NoError(t, err)
	names := map[string][]string{}
	for _, path := range append(own, files...) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv != nil {
				names[function.Name.Name] = fieldNames(function.Type.Params)
			}
		}
	}
	return names
}

func fieldNames(fields *ast.FieldList) []string {
	var names []string
	for _, field := range fields.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}
