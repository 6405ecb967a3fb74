package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// sources calls visit with every Go file of the module that is not a test,
// parsed, and its path from the root.
func sources(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		if err != nil || entry.IsDir() && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") && path != root) {
			return skipDir(err)
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files++
		visit(filepath.ToSlash(relative), file)
		return err
	}))
	require.Greater(t, files, 50, "the source tree was not found")
}

func skipDir(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}

// Who may make the id of a tenant out of nothing or out of text. Everybody else
// was given it by someone who had the right to act for that tenant.
var mints = []string{
	"api/auth.go",          // authentication
	"db/account.go",        // makes new tenants
	"db/dbtest/fixture.go", // makes tenants of tests
}

func TestOnlyAuthenticationMintsTenantIDs(t *testing.T) {
	t.Parallel()
	sources(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			index, ok := node.(*ast.IndexExpr)
			if !ok || !isSelector(index.Index, "chat", "TenantID") {
				return true
			}
			makes := isSelector(index.X, "chat", "ParseID") || isSelector(index.X, "chat", "NewID")
			if makes && !slices.Contains(mints, path) {
				t.Errorf("%s makes a chat.TenantID", path)
			}
			return true
		})
	})
}

// Decoding makes ids as well: what a client sends may name a tenant as text only,
// to be compared with the tenants that the client is known to have.
func TestNoRequestIsDecodedIntoATenantID(t *testing.T) {
	t.Parallel()
	inputs := 0
	sources(t, func(path string, file *ast.File) {
		if !within(filepath.Dir(path), "api") {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok || !strings.HasSuffix(spec.Name.Name, "Input") {
				return true
			}
			inputs++
			ast.Inspect(spec.Type, func(part ast.Node) bool {
				if expression, ok := part.(ast.Expr); ok && isSelector(expression, "chat", "TenantID") {
					t.Errorf("%s: %s lets a client name a tenant by a chat.TenantID", path, spec.Name.Name)
				}
				return true
			})
			return false
		})
	})
	require.Positive(t, inputs, "the API's inputs were not found")
}

func isSelector(expression ast.Expr, pack, name string) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	owner, ok := selector.X.(*ast.Ident)
	return ok && owner.Name == pack
}

var sql = regexp.MustCompile(`(?i)\b(select\s[\s\S]+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+(table|role|index))\s`)

// SQL stands in db/query and db/migrations; elsewhere nobody would look at it
// with a tenant in mind. Temporal's own databases are no concern of this.
func TestSQLStandsInOneRoom(t *testing.T) {
	t.Parallel()
	sources(t, func(path string, file *ast.File) {
		if within(path, "db") || within(path, "temporal/devserver") {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			text, ok := node.(*ast.BasicLit)
			if ok && text.Kind == token.STRING && sql.MatchString(text.Value) {
				t.Errorf("%s contains SQL: %s", path, text.Value)
			}
			return true
		})
	})
}
