package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	readyTimeout = 60 * time.Second
	readyPoll    = 200 * time.Millisecond // the service allows ten counts a second
)

// searchAttributes are set when a turn starts, so that Temporal Web can filter
// runs by whom they belong to.
var searchAttributes = map[string]enums.IndexedValueType{
	"ParleyTenant":       enums.INDEXED_VALUE_TYPE_KEYWORD,
	"ParleyAgent":        enums.INDEXED_VALUE_TYPE_KEYWORD,
	"ParleyConversation": enums.INDEXED_VALUE_TYPE_KEYWORD,
}

// prepareNamespaces creates what is missing and returns when every namespace
// really takes requests: a new one is unknown to the service's own caches for a
// second or two.
func prepareNamespaces(ctx context.Context, opts options) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	c, err := client.NewLazyClient(client.Options{HostPort: opts.address(), Logger: quiet{}})
	if err != nil {
		return err
	}
	defer c.Close()
	steps := []func(name string) error{
		func(name string) error { return register(ctx, c, name, opts.Retention) },
		func(name string) error { return addSearchAttributes(ctx, c, name) },
		func(name string) error { return probe(ctx, c, name) },
	}
	// Step by step over all namespaces, so that they wait for the caches together.
	for _, step := range steps {
		for _, name := range opts.Namespaces {
			if err := retry(ctx, func() error { return step(name) }); err != nil {
				return fmt.Errorf("prepare namespace %s: %w", name, err)
			}
		}
	}
	return nil
}

// retry repeats a step until it succeeds or ctx ends, and then reports what
// last went wrong.
func retry(ctx context.Context, step func() error) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		err := step()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func register(ctx context.Context, c client.Client, name string, retention time.Duration) error {
	_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        name,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if _, exists := errors.AsType[*serviceerror.NamespaceAlreadyExists](err); exists {
		return nil
	}
	return err
}

func addSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	listed, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return err
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range searchAttributes {
		if _, ok := listed.GetCustomAttributes()[name]; !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	return err
}

// probe asks each of the inner services something that it can only answer when
// it knows the namespace: visibility, matching and history.
func probe(ctx context.Context, c client.Client, namespace string) error {
	service := c.WorkflowService()
	_, err := service.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: namespace, Query: probeQuery(),
	})
	if err != nil {
		return err
	}
	_, err = service.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: namespace, TaskQueue: &taskqueue.TaskQueue{Name: "probe"},
		TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW,
	})
	if err != nil {
		return err
	}
	_, err = service.GetWorkflowExecutionHistory(ctx, &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: namespace, Execution: probeExecution,
	})
	if _, absent := errors.AsType[*serviceerror.NotFound](err); absent {
		return nil
	}
	return err
}

// probeQuery mentions every search attribute.
func probeQuery() string {
	var conditions []string
	for name := range searchAttributes {
		conditions = append(conditions, name+" = 'probe'")
	}
	return strings.Join(conditions, " AND ")
}

// probeExecution names no workflow that could exist.
var probeExecution = &common.WorkflowExecution{WorkflowId: "probe"}

// quiet drops the client's log: what goes wrong is returned as an error.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
