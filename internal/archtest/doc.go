// Package archtest holds no code but tests: they keep the rooms of the source
// tree apart, by who imports whom and by who may say what.
package archtest
