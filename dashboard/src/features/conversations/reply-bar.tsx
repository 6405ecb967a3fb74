import { useMutation } from "@tanstack/react-query";
import { Hand, SendHorizontal, Undo2 } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { bodyOf } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Conversation } from "@/api/types";
import { ProblemAlert } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Textarea } from "@/components/ui/input";
import { useDeps } from "@/deps";
import { useRefusal } from "@/features/session/permissions";
import { useMe } from "@/features/session/use-me";
import { formatAgo } from "@/lib/format";

const typingEvery = 3_000; // ms

/** Where a person takes a conversation over, answers in it, and gives it back. */
export function ReplyBar({
  conversation,
  typing,
}: {
  conversation: Conversation;
  typing: boolean;
}) {
  const refused = useRefusal("conversations:reply");
  if (refused) return null;
  return (
    <section
      aria-label="Your answer"
      className="flex flex-col gap-3 border-t bg-paper px-4 py-3 sm:px-6"
    >
      {conversation.mode === "human" ? (
        <InCharge conversation={conversation} typing={typing} />
      ) : (
        <TakeOver conversation={conversation} />
      )}
    </section>
  );
}

function useStaff(id: string) {
  const { api, queries } = useDeps();
  const params = { path: { id } };
  const settled = () => queries.invalidateQueries({ queryKey: ["conversations"] });
  const take = useMutation({
    mutationFn: (force: boolean) =>
      bodyOf(
        api.POST("/v1/admin/conversations/{id}/takeover", {
          params,
          body: force ? { force } : {},
        }),
      ),
    onSettled: settled,
  });
  const giveBack = useMutation({
    mutationFn: () => bodyOf(api.POST("/v1/admin/conversations/{id}/return", { params })),
    onSettled: settled,
  });
  const write = useMutation({
    mutationFn: ({ text, key }: { text: string; key: string }) =>
      bodyOf(
        api.POST("/v1/admin/conversations/{id}/messages", {
          params: { ...params, header: { "Idempotency-Key": key } },
          body: { text },
        }),
      ),
    onSettled: settled,
  });
  return { take, giveBack, write };
}

function TakeOver({ conversation }: { conversation: Conversation }) {
  const { take } = useStaff(conversation.id);
  return (
    <>
      {take.isError && <ProblemAlert error={take.error} />}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted">{conversation.agentName} answers this conversation.</p>
        <Button variant="primary" busy={take.isPending} onClick={() => take.mutate(false)}>
          <Hand aria-hidden /> Take over
        </Button>
      </div>
    </>
  );
}

function InCharge({ conversation, typing }: { conversation: Conversation; typing: boolean }) {
  const me = useMe();
  const { staffName } = conversation;
  const { take, giveBack, write } = useStaff(conversation.id);
  const isOther = staffName !== undefined && staffName !== me.user.name;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p role="status" className="text-[0.8125rem] text-muted">
          {standing(conversation, isOther)}
          {typing && <span className="ms-2 font-medium text-accent-text">Visitor is typing…</span>}
        </p>
        <div className="flex flex-wrap gap-2">
          {isOther && (
            <Confirm
              trigger={<Button size="sm">Take over from {staffName}</Button>}
              title={`Take over from ${staffName}?`}
              action="Take over"
              onConfirm={() => take.mutateAsync(true)}
            >
              The visitor sees that you answer from now on.
            </Confirm>
          )}
          <Button size="sm" busy={giveBack.isPending} onClick={() => giveBack.mutate()}>
            <Undo2 aria-hidden /> Give back to {conversation.agentName}
          </Button>
        </div>
      </div>
      {giveBack.isError && <ProblemAlert error={giveBack.error} />}
      {write.isError && <ProblemAlert error={write.error} />}
      <Composer
        id={conversation.id}
        busy={write.isPending}
        onSend={(text, key) => write.mutateAsync({ text, key })}
      />
    </>
  );
}

function standing({ staffName, waitingSince }: Conversation, isOther: boolean): string {
  const waits = waitingSince ? ` The visitor has waited since ${formatAgo(waitingSince)}.` : "";
  if (!staffName) return `A visitor asks for a person.${waits}`;
  return isOther ? `${staffName} answers.${waits}` : `You answer.${waits}`;
}

interface ComposerProps {
  id: string;
  busy: boolean;
  onSend: (text: string, key: string) => Promise<unknown>;
}

/** Enter sends, Shift+Enter breaks the line. What could not be sent stays. */
function Composer({ id, busy, onSend }: ComposerProps) {
  const [text, setText] = useState("");
  const key = useRef(crypto.randomUUID());
  const tellTyping = useTyping(id);
  const send = async () => {
    const wanted = text.trim();
    if (!wanted || busy) return;
    try {
      await onSend(wanted, key.current);
      setText("");
      key.current = crypto.randomUUID();
    } catch (error) {
      // A refused message is another one once it has been changed.
      if (error instanceof ApiError) key.current = crypto.randomUUID();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Textarea
        aria-label="Message to the visitor"
        placeholder="Write to the visitor…"
        className="max-h-48 min-h-9 flex-1"
        maxLength={32_000}
        value={text}
        onKeyDown={onKeyDown}
        onChange={({ target }) => {
          setText(target.value);
          if (target.value) tellTyping();
        }}
      />
      <Button type="submit" variant="primary" busy={busy} aria-label="Send">
        <SendHorizontal aria-hidden className="rtl:rotate-180" />
      </Button>
    </form>
  );
}

/** Lets the visitor see that somebody writes; nothing depends on it. */
function useTyping(id: string): () => void {
  const { api } = useDeps();
  const told = useRef(0);
  return () => {
    if (Date.now() - told.current < typingEvery) return;
    told.current = Date.now();
    api
      .POST("/v1/admin/conversations/{id}/typing", { params: { path: { id } } })
      .catch(() => undefined);
  };
}
