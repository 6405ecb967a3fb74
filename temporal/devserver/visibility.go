package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The visibility store comes with an index for each of some sixty attributes,
// and every run writes all of them twice: more than half of what a short
// workflow costs Postgres. These are the ones that no attribute of ours is mapped
// to, so that a search by their columns would find nothing.
func unusedIndexes() []string {
	spare := map[string]int{
		"bool": 3, "datetime": 3, "double": 3, "int": 3, "keyword": 10, "text": 3, "keyword_list": 3,
		"temporal_bool": 2, "temporal_datetime": 2, "temporal_double": 2, "temporal_int": 2,
		"temporal_keyword": 4, "temporal_low_cardinality_keyword": 1, "temporal_keyword_list": 2,
	}
	var indexes []string
	for kind, count := range spare {
		for i := range count {
			// Attributes are mapped to the columns of their type from the first on.
			if kind != "keyword" || i >= len(searchAttributes) {
				indexes = append(indexes, fmt.Sprintf("by_%s_%02d", kind, i+1))
			}
		}
	}
	slices.Sort(indexes)
	return indexes
}

// trimVisibility drops the unused indexes. A service that is pointed at these
// databases later works without them.
func trimVisibility(ctx context.Context, db database) error {
	visibility := *db.URL
	visibility.Path = "/" + db.visibilityName()
	conn, err := pgx.Connect(ctx, visibility.String())
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "DROP INDEX IF EXISTS "+strings.Join(unusedIndexes(), ", ")); err != nil {
		return fmt.Errorf("trim the visibility store: %w", err)
	}
	return nil
}
