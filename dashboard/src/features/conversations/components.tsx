import { componentOf } from "@parley/widget/state/components";
import {
  ClipboardList,
  ExternalLink,
  Image,
  List,
  MessageCircleQuestion,
  RectangleHorizontal,
  TriangleAlert,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Part } from "@/api/types";
import { CodeBlock } from "@/components/ui/code-block";
import { printed } from "@/features/approvals/words";

/** What an answer has beside its text, and what a visitor has filled in, as staff read it. */
export function Beside({ part }: { part: Part }) {
  switch (part.type) {
    case "data-ui":
      return <Shown part={part} />;
    case "data-object":
      return <CodeBlock label="document" code={printed(dataOf(part).value)} copyable={false} />;
    case "data-form":
      return <Filled part={part} />;
    case "data-fault":
      return <Fault part={part} />;
  }
  return null;
}

/** Whether there is something to see of a part. */
export function isBeside({ type }: Part): boolean {
  return ["data-ui", "data-object", "data-form", "data-fault"].includes(type);
}

function dataOf({ data }: Part): Record<string, unknown> {
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
}

interface BoxProps {
  icon: ReactNode;
  title: string;
  kind: string;
  children?: ReactNode;
}

function Box({ icon, title, kind, children }: BoxProps) {
  return (
    <section
      aria-label={`${kind}: ${title}`}
      className="flex min-w-0 flex-col gap-1 rounded-control border bg-sunken/60 px-3 py-2 text-[0.8125rem] wrap-anywhere"
    >
      <p className="flex items-center gap-2 font-medium [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint">
        {icon}
        <span className="min-w-0">{title}</span>
      </p>
      {children}
    </section>
  );
}

function Shown({ part }: { part: Part }) {
  const shown = componentOf(part as Parameters<typeof componentOf>[0]);
  switch (shown?.component) {
    case "card":
      return (
        <Box icon={<RectangleHorizontal aria-hidden />} kind="Card" title={shown.props.title}>
          {shown.props.text && <p className="whitespace-pre-line">{shown.props.text}</p>}
          {shown.props.image && <Address url={shown.props.image.url} />}
          {shown.props.links?.map(({ label, url }) => (
            <Address key={label + url} label={label} url={url} />
          ))}
        </Box>
      );
    case "list":
      return (
        <Box icon={<List aria-hidden />} kind="List" title={shown.props.title ?? "List"}>
          <ul className="list-disc ps-5">
            {shown.props.items.map(({ title, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a stored list stays as it is
              <li key={index}>{text ? `${title}: ${text}` : title}</li>
            ))}
          </ul>
        </Box>
      );
    case "form":
      return (
        <Box icon={<ClipboardList aria-hidden />} kind="Form" title={shown.props.title}>
          <p className="text-muted">{shown.props.fields.map(({ label }) => label).join(", ")}</p>
        </Box>
      );
    case "confirmation":
      return (
        <Box icon={<MessageCircleQuestion aria-hidden />} kind="Question" title={shown.props.text}>
          <p className="text-muted">
            {shown.props.confirm} / {shown.props.cancel}
          </p>
        </Box>
      );
    case "link":
      return (
        <Box icon={<ExternalLink aria-hidden />} kind="Link" title={shown.props.label}>
          <Address url={shown.props.url} />
        </Box>
      );
    case "image":
      return (
        <Box icon={<Image aria-hidden />} kind="Picture" title={shown.props.alt || "Picture"}>
          <Address url={shown.props.url} />
        </Box>
      );
  }
  return null;
}

/** An address as text: looking at a conversation asks no other server for anything. */
function Address({ url, label }: { url: string; label?: string }) {
  return (
    <p>
      {label && `${label}: `}
      <span className="text-muted">{url}</span>
    </p>
  );
}

interface Answer {
  label: string;
  value: string;
}

function Filled({ part }: { part: Part }) {
  const { answers, title } = dataOf(part) as { answers?: Answer[]; title?: string };
  return (
    <Box icon={<ClipboardList aria-hidden />} kind="Filled in" title={title ?? "Form"}>
      <dl className="flex flex-col gap-1">
        {answers?.map(({ label, value }) => (
          <div key={label} className="flex flex-wrap gap-x-2">
            <dt className="text-muted">{label}</dt>
            <dd className="whitespace-pre-line">{value}</dd>
          </div>
        ))}
      </dl>
    </Box>
  );
}

function Fault({ part }: { part: Part }) {
  const { problem, answer } = dataOf(part) as { problem?: string; answer?: string };
  const title = answer ? "An answer that did not fit was taken back" : "Something was left out";
  return (
    <Box icon={<TriangleAlert className="text-warn-text!" aria-hidden />} kind="Note" title={title}>
      <p className="text-muted">{problem}</p>
      {answer && <CodeBlock label="the answer" code={answer} copyable={false} />}
    </Box>
  );
}
