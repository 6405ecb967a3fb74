import type { Trace, TraceStep, TraceToolCall } from "@/api/types";
import { readable } from "@/features/approvals/words";

/** What a stretch of time was spent with. */
export type Doing = "waiting" | "answering" | "asking" | "acting" | "failed";

export interface Stretch {
  doing: Doing;
  /** Milliseconds since the question was stored. */
  from: number;
  to: number;
}

/** A line of the timeline: a step of the model, or a call of a tool below it. */
export interface Line {
  key: string;
  step: number;
  tool: boolean;
  title: string;
  stretches: Stretch[];
  from: number;
  to: number;
  /** It is not over. */
  open: boolean;
}

export interface Timeline {
  lines: Line[];
  /** How long all of it took so far, in milliseconds. */
  total: number;
}

const running = new Set(["running", "awaiting_approval"]);

/** Puts the moments of a trace into lines on one scale. What is not over lasts until now. */
export function timelineOf(trace: Trace, now: number): Timeline {
  const begin = Date.parse(trace.createdAt);
  const open = running.has(trace.status);
  const newest = Math.max(begin, ...momentsOf(trace));
  const clock = new Clock(begin, open ? Math.max(newest, now) : newest);
  const lines = trace.steps.flatMap((step) => [
    stepLine(step, clock, open),
    ...step.toolCalls.map((call) => toolLine(step, call, clock)),
  ]);
  const end = trace.finishedAt && !open ? clock.at(trace.finishedAt) : clock.end;
  return { lines, total: Math.max(end ?? 0, 1) };
}

/** Moments as milliseconds since the beginning. */
class Clock {
  readonly end: number;

  constructor(
    private readonly begin: number,
    now: number,
  ) {
    this.end = now - begin;
  }

  at(moment: string | undefined): number | undefined {
    return moment === undefined ? undefined : Math.max(0, Date.parse(moment) - this.begin);
  }
}

function momentsOf({ steps, finishedAt, firstTextAt }: Trace): number[] {
  const moments = steps.flatMap((step) => [
    step.begunAt,
    step.answeredAt,
    step.endedAt,
    ...step.toolCalls.flatMap((call) => [call.createdAt, call.dispatchedAt, call.finishedAt]),
  ]);
  return [...moments, finishedAt, firstTextAt].flatMap((moment) =>
    moment === undefined ? [] : [Date.parse(moment)],
  );
}

function stepLine(step: TraceStep, clock: Clock, open: boolean): Line {
  const from = clock.at(step.begunAt ?? step.answeredAt) ?? 0;
  const to = clock.at(step.endedAt) ?? clock.end;
  const spoken = clock.at(step.firstTextAt ?? step.answeredAt);
  return {
    key: `step-${step.number}`,
    step: step.number,
    tool: false,
    title: `Step ${step.number}`,
    stretches: [
      { doing: "waiting", from, to: spoken ?? to },
      { doing: "answering", from: spoken ?? to, to },
    ].filter((stretch): stretch is Stretch => stretch.to > stretch.from),
    from,
    to,
    open: open && step.endedAt === undefined,
  };
}

function toolLine(step: TraceStep, call: TraceToolCall, clock: Clock): Line {
  const from = clock.at(call.createdAt) ?? clock.at(step.endedAt) ?? clock.end;
  const to = clock.at(call.finishedAt) ?? clock.end;
  const asked = clock.at(call.approval?.createdAt);
  const decided = call.approval ? (clock.at(call.approval.decidedAt) ?? clock.end) : undefined;
  const sent = clock.at(call.dispatchedAt);
  const bad = call.state === "failed" || call.state === "outcome_unknown";
  const stretches: Stretch[] = [
    { doing: "waiting", from, to: asked ?? sent ?? to },
    { doing: "asking", from: asked ?? to, to: decided ?? to },
    { doing: bad ? "failed" : "acting", from: sent ?? to, to },
  ];
  return {
    key: call.id,
    step: step.number,
    tool: true,
    title: call.title || readable(call.tool),
    stretches: stretches.filter((stretch) => stretch.to > stretch.from),
    from,
    to,
    open: call.finishedAt === undefined,
  };
}
