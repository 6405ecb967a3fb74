-- Why: some tools are done by the page that the visitor is on. Nobody can send a page a
-- request: a call is offered to all of the visitor's pages, one of them takes it, and
-- says what has become of it.
-- +goose Up
ALTER TABLE tool_calls
    DROP CONSTRAINT tool_calls_state_check,
    DROP CONSTRAINT tool_calls_check,
    ADD CONSTRAINT tool_calls_state_check
        CHECK (state IN ('requested', 'awaiting', 'approved', 'offered', 'dispatched',
                         'succeeded', 'failed', 'denied', 'canceled', 'outcome_unknown')),
    ADD CONSTRAINT tool_calls_check
        CHECK ((finished_at IS NULL) = (state IN ('requested', 'awaiting', 'approved', 'offered', 'dispatched'))),
    -- The page that has taken the call, by a name that it has chosen; '': none, or one
    -- without a name; NULL: the call is not for pages.
    ADD page text,
    -- What has become of it is what a page has said.
    ADD answered boolean NOT NULL DEFAULT false;
GRANT UPDATE (page, answered) ON tool_calls TO parley_app;

-- The tools of the page that asked: the model is offered no others that pages do.
ALTER TABLE turns ADD client_tools text[] NOT NULL DEFAULT '{}';
