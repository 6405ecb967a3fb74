-- Why: what is said can be checked, and another model can answer while one is down.
-- +goose Up
-- Why the answer was not given, or not to its end, for the team; NULL: it was.
ALTER TABLE turns ADD COLUMN blocked jsonb;

-- The model that judges whether a question is about something that is not talked
-- about is paid like any other.
ALTER TABLE usage DROP CONSTRAINT usage_purpose_check,
    ADD CONSTRAINT usage_purpose_check CHECK (purpose IN ('answer', 'suggestions', 'title', 'check'));
