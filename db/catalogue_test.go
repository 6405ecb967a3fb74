package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/dbtest"
)

// The rules of the third lock, each a query over the system catalogue that gives
// one line for each breach. What is excused is excused by name.
var catalogueRules = []struct{ rule, query string }{
	{"every table has a tenant, but for those named here", `
		SELECT c.relname FROM pg_class c
		 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
		   AND c.relname NOT IN ('tenants', 'users', 'nodes', 'goose_db_version')
		   AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')`},
	{"the tenant is never NULL and is the transaction's unless said", `
		SELECT c.relname FROM walled c
		  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
		  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
		 WHERE NOT a.attnotnull OR a.atttypid <> 'uuid'::regtype
		    OR pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM 'app_tenant()'`},
	{"row-level security is on, for the owner too", `
		SELECT c.relname FROM pg_class c
		 WHERE (c.oid IN (SELECT oid FROM walled) OR c.relname = 'tenants') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`},
	{"one policy binds the application, reading and writing, to its tenant", `
		SELECT c.relname FROM pg_class c
		 WHERE (c.oid IN (SELECT oid FROM walled) OR c.oid = 'tenants'::regclass)
		   AND (SELECT array_agg(format('%s %s %s %s', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)))
		          FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles = ARRAY['parley_app'::regrole::oid])
		    IS DISTINCT FROM ARRAY[format('* t (%1$s = app_tenant()) (%1$s = app_tenant())', CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END)]`},
	{"no policy is for everyone or for several roles", `
		SELECT format('%s on %s', p.polname, p.polrelid::regclass) FROM pg_policy p
		 WHERE p.polroles = '{0}' OR cardinality(p.polroles) <> 1`},
	{"other roles have policies only where named here", `
		SELECT concat_ws(' ', p.polrelid::regclass, r.rolname, p.polcmd) FROM pg_policy p JOIN pg_roles r ON r.oid = p.polroles[1]
		 WHERE r.rolname <> 'parley_app' AND concat_ws(' ', p.polrelid::regclass, r.rolname, p.polcmd) NOT IN (
		    'agents parley_system r', 'agent_versions parley_system r', 'tenants parley_system *', 'memberships parley_system *', 'sessions parley_system *', 'api_keys parley_system *',
		    'idempotency_keys parley_system *', 'audit_log parley_system a', 'conversation_events parley_system r',
		    'messages parley_system r', 'messages parley_search r', 'conversations parley_search r',
		    'turns parley_system *', 'turns parley_log *', 'turn_events parley_system *', 'turn_events parley_log a', 'turn_archives parley_system *', 'tool_calls parley_system *', 'approvals parley_system r', 'handoffs parley_system r')`},
	{"primary keys and all indexes begin with the tenant", `
		SELECT i.indexrelid::regclass::text FROM pg_index i JOIN walled c ON c.oid = i.indrelid
		  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		 WHERE a.attname IS DISTINCT FROM 'tenant_id'
		   -- A credential is looked up to learn whose it is, and an origin to answer
		   -- a browser that does not say for whom it asks.
		   AND i.indexrelid::regclass::text NOT IN ('api_keys_key_hash_key', 'sessions_token_hash_key', 'agent_versions_origins')`},
	{"every tenant's table has a primary key", `
		SELECT c.relname FROM walled c WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)`},
	// Row-level security does not look at what a foreign key refers to.
	{"foreign keys carry the tenant along", `
		SELECT format('%s on %s', k.conname, k.conrelid::regclass) FROM pg_constraint k JOIN walled c ON c.oid = k.confrelid
		  JOIN pg_attribute near ON near.attrelid = k.conrelid AND near.attnum = k.conkey[1]
		  JOIN pg_attribute far ON far.attrelid = k.confrelid AND far.attnum = k.confkey[1]
		 WHERE k.contype = 'f' AND (near.attname, far.attname) <> ('tenant_id', 'tenant_id')`},
	{"a tenant's table is referred to by tenants' tables alone", `
		SELECT format('%s on %s', k.conname, k.conrelid::regclass) FROM pg_constraint k
		 WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM walled) AND k.conrelid NOT IN (SELECT oid FROM walled)`},
	{"the roles can do nothing that lifts them over the wall", `
		SELECT rolname FROM pg_roles
		 WHERE rolname IN ('parley_app', 'parley_system', 'parley_log', 'parley_search')
		   AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication)`},
	{"the roles are members of no other", `
		SELECT concat_ws(' in ', m.member::regrole, m.roleid::regrole) FROM pg_auth_members m
		 WHERE m.member::regrole::text IN ('parley_app', 'parley_system', 'parley_log', 'parley_search')`},
	{"the roles own nothing but the search", `
		SELECT concat_ws(' ', d.refobjid::regrole, pg_describe_object(d.classid, d.objid, d.objsubid)) FROM pg_shdepend d
		 WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o'
		   AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		   AND d.refobjid::regrole::text IN ('parley_app', 'parley_system', 'parley_log', 'parley_search')
		   AND NOT (d.refobjid = 'parley_search'::regrole AND d.classid = 'pg_proc'::regclass
		            AND d.objid = to_regproc('conversations_search')::oid)`},
	{"the roles may create nothing", `
		SELECT rolname FROM pg_roles
		 WHERE rolname IN ('parley_app', 'parley_system', 'parley_log', 'parley_search')
		   AND has_schema_privilege(oid, 'public', 'CREATE')`},
	{"functions with their owner's rights are named here and have a fixed search_path", `
		SELECT f.oid::regprocedure::text FROM pg_proc f
		 WHERE f.prosecdef AND f.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
		   AND (f.oid = to_regproc('conversations_search')::oid AND f.proowner = 'parley_search'::regrole
		        AND f.proconfig = '{"search_path=pg_catalog, public, pg_temp"}'
		        AND NOT has_function_privilege('public', f.oid, 'EXECUTE')) IS NOT TRUE`},
	{"no view shows what its owner may see", `
		SELECT c.relname FROM pg_class c
		 WHERE c.relnamespace = 'public'::regnamespace
		   AND (c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false))`},
	{"nothing is granted to everyone", `
		SELECT format('%s on %s', g.privilege_type, c.relname) FROM pg_class c, aclexplode(c.relacl) g
		 WHERE c.relnamespace = 'public'::regnamespace AND g.grantee = 0`},
}

// Every right that a role has on a table: "table: RIGHT" for the whole of it,
// "table: RIGHT(columns)" for some columns. A right that is not here is a breach,
// and so is one that has gone, so that this list is what there is.
var grants = map[string][]string{
	"parley_app": {
		"agent_versions: INSERT SELECT", "agents: INSERT SELECT UPDATE",
		"api_keys: INSERT SELECT UPDATE(revoked_at)",
		"approval_votes: INSERT SELECT", "approvals: INSERT SELECT UPDATE(decided_arguments decided_at expired reason reminded_at state)", "audit_log: INSERT SELECT",
		"conversation_events: INSERT SELECT", "conversations: INSERT SELECT UPDATE",
		"feedback: DELETE INSERT SELECT UPDATE", "handoffs: INSERT SELECT UPDATE(due_at ended_at ending settled_at taken_at taken_by watched_at)", "idempotency_keys: DELETE INSERT SELECT UPDATE",
		"mcp_servers: DELETE INSERT SELECT UPDATE(config error listed_at name tools updated_at)", "memberships: SELECT", "messages: INSERT SELECT UPDATE(parts state)", "providers: DELETE INSERT SELECT UPDATE",
		"tenants: SELECT UPDATE(identity_secret_ciphertext max_active_turns monthly_budget_micros name signing_number turns_per_minute)",
		"tool_calls: INSERT SELECT UPDATE(answered arguments attempts deadline_at decided_by decision dispatched_at error finished_at output page reused_from state told)", "tool_secrets: DELETE INSERT SELECT UPDATE",
		"turn_archives: SELECT", "turn_events: INSERT SELECT", "turns: INSERT SELECT UPDATE", "usage: INSERT SELECT UPDATE(cached_tokens cost_micros input_tokens model output_tokens price_version prompt_hash reasoning_tokens response_id source)",
		"usage_months: INSERT SELECT UPDATE", "visitors: INSERT SELECT UPDATE",
	},
	"parley_system": {
		"agent_versions: SELECT(agent_id config id tenant_id)", "agents: SELECT(deleted_at id published_version_id tenant_id)",
		"api_keys: SELECT UPDATE(last_used_at)", "approvals: SELECT(call_id decided_at expires_at id tenant_id)", "audit_log: INSERT", "conversation_events: SELECT",
		"handoffs: SELECT(conversation_id created_at due_at ended_at id settled_at tenant_id watched_at)",
		"idempotency_keys: DELETE SELECT UPDATE(created_at)", "memberships: INSERT SELECT", "messages: SELECT(id state tenant_id)",
		"nodes: DELETE INSERT SELECT UPDATE", "sessions: DELETE INSERT SELECT UPDATE(last_seen_at)",
		"tenants: INSERT SELECT", "tool_calls: SELECT(class created_at finished_at id place state step tenant_id turn_id) UPDATE(error finished_at state)", "turn_archives: DELETE INSERT SELECT(ended_at tenant_id turn_id)",
		"turn_events: DELETE SELECT", "turns: SELECT UPDATE(events_pruned_at)",
		"users: INSERT SELECT UPDATE(is_operator name password_hash)",
	},
	"parley_log": {
		"turn_events: INSERT",
		"turns: SELECT(id last_seq response_id response_seq status step tenant_id writer_epoch) UPDATE(last_seq response_id response_seq step)",
	},
	"parley_search": {
		"conversations: SELECT(agent_id deleted_at id kind tenant_id updated_at)", "messages: SELECT(conversation_id search tenant_id)",
	},
}

const grantsQuery = `
	WITH rights AS (
	    SELECT c.relname, g.privilege_type AS privilege, NULL AS column_name
	      FROM pg_class c, aclexplode(c.relacl) g
	     WHERE c.relnamespace = 'public'::regnamespace AND g.grantee = $1::regrole
	     UNION ALL
	    SELECT c.relname, g.privilege_type, a.attname
	      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g
	     WHERE c.relnamespace = 'public'::regnamespace AND g.grantee = $1::regrole
	), named AS (
	    SELECT relname, privilege || coalesce('(' || string_agg(column_name, ' ' ORDER BY column_name) || ')', '') AS privilege
	      FROM rights GROUP BY relname, rights.privilege, column_name IS NULL
	)
	SELECT relname || ': ' || string_agg(privilege, ' ' ORDER BY privilege) FROM named GROUP BY relname ORDER BY relname`

type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// breaches gives every breach of a rule of the third lock.
func breaches(ctx context.Context, conn queryer) ([]string, error) {
	var found []string
	for _, check := range catalogueRules {
		const walled = `WITH walled AS (
			SELECT c.oid, c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
			 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')) `
		lines, err := column(ctx, conn, walled+check.query)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", check.rule, err)
		}
		for _, line := range lines {
			found = append(found, check.rule+": "+line)
		}
	}
	for role, want := range grants {
		got, err := column(ctx, conn, grantsQuery, role)
		if err != nil {
			return nil, err
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			found = append(found, fmt.Sprintf("the rights of %s are\n%s", role, strings.Join(got, "\n")))
		}
	}
	return found, nil
}

func column(ctx context.Context, conn queryer, sql string, args ...any) ([]string, error) {
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// owner connects as the user who migrated.
func owner(tb testing.TB, url string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestCatalogueKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	found, err := breaches(context.Background(), owner(t, dbtest.URL(t)))
	require.NoError(t, err)
	require.Empty(t, found)
}

// A rule that notices nothing is no rule: each kind of sabotage must be seen.
func TestCatalogueRulesNoticeSabotage(t *testing.T) {
	t.Parallel()
	sabotage := []string{
		`CREATE TABLE notes (id uuid PRIMARY KEY)`,
		`CREATE TABLE notes (tenant_id uuid NOT NULL DEFAULT app_tenant(), id uuid, PRIMARY KEY (tenant_id, id))`,
		`ALTER TABLE messages ALTER tenant_id DROP DEFAULT`,
		`ALTER TABLE usage_months DROP CONSTRAINT usage_months_pkey; ALTER TABLE usage_months ALTER tenant_id DROP NOT NULL`,
		`ALTER TABLE messages DISABLE ROW LEVEL SECURITY`,
		`ALTER TABLE messages NO FORCE ROW LEVEL SECURITY`,
		`ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY`,
		`DROP POLICY tenant ON messages`,
		`ALTER POLICY tenant ON messages USING (true)`,
		`ALTER POLICY tenant ON messages WITH CHECK (true)`,
		`ALTER POLICY tenant ON tenants USING (true)`,
		`CREATE POLICY extra ON messages TO parley_app USING (true)`,
		`CREATE POLICY extra ON messages USING (true)`,
		`CREATE POLICY extra ON messages TO parley_app, parley_log USING (true)`,
		`CREATE POLICY extra ON visitors TO parley_log USING (true)`,
		`CREATE INDEX extra ON messages (conversation_id)`,
		`CREATE INDEX extra ON messages ((lower(client_id)))`,
		`ALTER TABLE feedback DROP CONSTRAINT feedback_pkey`,
		`CREATE UNIQUE INDEX plain ON turns (id); ALTER TABLE usage ADD FOREIGN KEY (turn_id) REFERENCES turns (id)`,
		`ALTER TABLE nodes ADD tenant uuid, ADD turn uuid, ADD FOREIGN KEY (tenant, turn) REFERENCES turns`,
		`CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO parley_app`,
		`ALTER ROLE parley_app BYPASSRLS`,
		`ALTER ROLE parley_log SUPERUSER`,
		`GRANT parley_system TO parley_app`,
		`ALTER FUNCTION app_tenant() OWNER TO parley_app`,
		`GRANT CREATE ON SCHEMA public TO parley_app`,
		`ALTER FUNCTION conversations_search RESET search_path`,
		`GRANT EXECUTE ON FUNCTION conversations_search TO PUBLIC`,
		`ALTER FUNCTION message_words SECURITY DEFINER`,
		`CREATE VIEW everything AS SELECT * FROM messages`,
		`GRANT SELECT ON messages TO PUBLIC`,
		`GRANT UPDATE ON turn_events TO parley_app`,
		`GRANT DELETE ON audit_log TO parley_app`,
		`GRANT UPDATE (config) ON agent_versions TO parley_app`,
		`GRANT SELECT ON users TO parley_app`,
		`REVOKE DELETE ON turn_events FROM parley_system`,
	}
	conn, ctx := owner(t, dbtest.Copy(t)), context.Background()
	for _, statement := range sabotage {
		tx, err := conn.Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, statement)
		require.NoError(t, err, statement)
		found, err := breaches(ctx, tx)
		require.NoError(t, err, statement)
		require.NotEmpty(t, found, "unnoticed: %s", statement)
		require.NoError(t, tx.Rollback(ctx))
	}
}
