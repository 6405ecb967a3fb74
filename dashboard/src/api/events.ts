import { follow } from "@parley/widget/net/follow";
import { problemOf } from "@parley/widget/net/problem";

export type Connection = "connecting" | "live" | "lost" | "ended";

/** One event of a stream, as it came. */
export interface ServerEvent {
  id: string;
  data: string;
}

export interface EventsOptions {
  url: string;
  signal: AbortSignal;
  /** The id of the last event that was read earlier, to go on after it. */
  after?: string;
  /** Takes what one read of the network brought; true says that the stream is complete. */
  onEvents: (events: ServerEvent[]) => boolean;
  onConnection: (state: Connection) => void;
}

/** Reads an event stream, and after each break goes on where it was. Ends when it is refused. */
export async function followEvents(options: EventsOptions): Promise<void> {
  const { url, signal, after = "", onEvents, onConnection } = options;
  let lastId = after;
  const plan = {
    connect: (connection: AbortSignal) => connect(url, lastId, connection),
    frames: (events: ServerEvent[]) => {
      lastId = events.at(-1)?.id || lastId;
      return onEvents(events);
    },
    link: (live: boolean) => onConnection(live ? "live" : "lost"),
  };
  onConnection("connecting");
  await follow(plan, signal).catch(() => undefined);
  if (!signal.aborted) onConnection("ended");
}

async function connect(url: string, lastId: string, signal: AbortSignal): Promise<Response> {
  const headers = new Headers({ accept: "text/event-stream" });
  if (lastId) headers.set("last-event-id", lastId);
  const response = await fetch(url, { headers, signal });
  if (!response.ok) throw await problemOf(response);
  return response;
}
