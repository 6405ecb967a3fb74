package db

//go:generate ../scripts/tools.sh sqlc
//go:generate ../bin/tools/sqlc generate
//go:generate go run ./internal/aliases .
