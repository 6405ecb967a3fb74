package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// loadCommand is the argument that makes this program a load generator.
const loadCommand = "load"

// generate has a job done by a process of its own. during is called when the
// preparations are over, and what it returns when the last answer has come.
func generate(ctx context.Context, j job, during func() (after func())) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, self, loadCommand)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return result{}, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, err
	}
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	orders, news := json.NewEncoder(in), json.NewDecoder(out)
	seen, err := converse(orders, news, j, during)
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return result{}, fmt.Errorf("load generator: %w", err)
	}
	return seen, cmd.Wait()
}

func converse(orders *json.Encoder, news *json.Decoder, j job, during func() func()) (seen result, err error) {
	if err := orders.Encode(j); err != nil {
		return seen, err
	}
	var ready string
	if err := news.Decode(&ready); err != nil {
		return seen, err
	}
	after := during()
	if err := orders.Encode("begin"); err != nil {
		return seen, err
	}
	err = news.Decode(&seen)
	after()
	return seen, err
}
