package main

import (
	"fmt"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/llm/simulator"
)

func simulatorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "simulator",
		Short: "Serve a simulated model that speaks OpenAI's API, at PARLEY_SIMULATOR_LISTEN",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			options, err := env.ParseAs[simulator.Config]()
			if err != nil {
				return fmt.Errorf("the environment: %w", err)
			}
			return serveHTTP(cmd.Context(), site{address: cfg.SimulatorListen, handler: simulator.New(options)})
		},
	}
}
