package main

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	clusterName = "active"
	// historyShards is fixed for the life of the databases. Each shard writes
	// on its own, so a few more than there are cores keeps the disk busy.
	historyShards = 4
	// Each of the four inner services opens as many: 80 in all, which a Postgres
	// with the usual 100 just holds. More would not help on one machine.
	storeConns      = 16
	visibilityConns = 4
)

// newService assembles frontend, history, matching and worker. The hosts are
// static, so there is no gossip between them: with one process there is nothing
// to discover, and a killed server leaves no stale member behind.
func newService(opts options) (temporal.Server, error) {
	ports, err := servicePorts(opts.Port)
	if err != nil {
		return nil, err
	}
	cfg := serviceConfig(opts, ports)
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("the service's configuration: %w", err)
	}
	logger := log.NewZapLogger(log.BuildZapLogger(log.Config{Level: opts.LogLevel, Format: "console"}))
	hosts := make(map[primitives.ServiceName]static.Hosts, len(ports))
	for name, port := range ports {
		hosts[name] = static.SingleLocalHost(fmt.Sprintf("%s:%d", loopback, port))
	}
	return temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
	)
}

// servicePorts gives the frontend its port and the inner services free ones.
// Each is held until all are known, so that no two are the same.
func servicePorts(frontend int) (ports map[primitives.ServiceName]int, err error) {
	if err := checkFree(frontend); err != nil {
		return nil, err
	}
	var listeners []net.Listener
	defer func() {
		for _, listener := range listeners {
			_ = listener.Close()
		}
	}()
	ports = map[primitives.ServiceName]int{primitives.FrontendService: frontend}
	for _, name := range []primitives.ServiceName{
		primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		listener, err := net.Listen("tcp", loopback+":0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		listeners = append(listeners, listener)
		ports[name] = int(netip.MustParseAddrPort(listener.Addr().String()).Port())
	}
	return ports, nil
}

func checkFree(port int) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", loopback, port))
	if err != nil {
		return fmt.Errorf("port %d is taken: %w", port, err)
	}
	return listener.Close()
}

func serviceConfig(opts options, ports map[primitives.ServiceName]int) *config.Config {
	services := make(map[string]config.Service, len(ports))
	for name, port := range ports {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{BroadcastAddress: loopback},
			PProf:      config.PProf{Port: opts.PProfPort, Host: loopback},
		},
		Persistence:         persistence(opts.Database),
		ClusterMetadata:     clusterMetadata(opts.address()),
		Services:            services,
		PublicClient:        config.PublicClient{HostPort: opts.address()},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		NamespaceDefaults:   noArchival(),
		DynamicConfigClient: dynamicConfig(opts.DynamicConfig),
	}
}

func persistence(db database) config.Persistence {
	store, visibility := db.sql(db.storeName()), db.sql(db.visibilityName())
	store.MaxConns, store.MaxIdleConns = storeConns, storeConns
	visibility.MaxConns, visibility.MaxIdleConns = visibilityConns, visibilityConns
	return config.Persistence{
		DefaultStore:     "store",
		VisibilityStore:  "visibility",
		NumHistoryShards: historyShards,
		DataStores: map[string]config.DataStore{
			"store":      {SQL: store},
			"visibility": {SQL: visibility},
		},
	}
}

func clusterMetadata(address string) *cluster.Config {
	return &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{
			clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address},
		},
	}
}

func noArchival() config.NamespaceDefaults {
	return config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
		History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
		Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
	}}
}

func dynamicConfig(path string) *dynamicconfig.FileBasedClientConfig {
	if path == "" {
		return nil
	}
	return &dynamicconfig.FileBasedClientConfig{Filepath: path, PollInterval: 10 * time.Second}
}
