import type { LaunchItem } from "@/api/types";

interface Step {
  title: string;
  text: string;
  action: string;
}

const steps: Record<LaunchItem["id"], Step> = {
  "agent-published": {
    title: "Publish an agent",
    text: "Say what it knows and how it speaks, try it in the preview, then publish it.",
    action: "Write your agent",
  },
  "origins-set": {
    title: "Allow your site",
    text: "Name the web addresses that may show the widget, and publish. No other page can.",
    action: "Add your site",
  },
  "key-created": {
    title: "Create a publishable key",
    text: "It tells Parley which workspace a page belongs to. It is public, so it may stand in a page.",
    action: "Create a key",
  },
  "snippet-seen": {
    title: "Put the snippet on a page",
    text: "One line of HTML. This turns done when a page of yours opens the widget.",
    action: "Copy the snippet",
  },
  "first-conversation": {
    title: "Hold the first conversation",
    text: "Open the widget on your page and ask something.",
    action: "Where it is installed",
  },
};

export function stepOf(item: LaunchItem): Step {
  return steps[item.id];
}

/** The step to do now: the first that is not done. */
export function nextStep(items: readonly LaunchItem[]): LaunchItem | undefined {
  return items.find((item) => !item.done);
}
