import type { AgentConfig } from "@/api/types";

export interface Template {
  id: string;
  label: string;
  text: string;
  config: Partial<AgentConfig>;
}

/** Beginnings for a new agent: enough to publish, and easier to change than an empty page. */
export const templates: readonly [Template, ...Template[]] = [
  {
    id: "support",
    label: "Customer support",
    text: "Answers questions about orders and products.",
    config: {
      instructions: [
        "You answer the questions of people who visit our online shop.",
        "",
        "- Be friendly and brief: two or three sentences, a list when there are steps.",
        "- Answer in the language of the visitor.",
        "- When you do not know something, say so and name our support address. Never invent prices, dates or policies.",
      ].join("\n"),
      greeting: "Hello! How can we help?",
      starterPrompts: [
        "Where is my order?",
        "How do I return something?",
        "Which sizes do you have?",
      ],
      suggestions: true,
    },
  },
  {
    id: "guide",
    label: "Product guide",
    text: "Helps people use your software.",
    config: {
      instructions: [
        "You help people who use our software to reach their goal.",
        "",
        "- Ask one short question when it is not clear what they want to do.",
        "- Give steps in the order in which they are done, with the exact names of buttons and menus.",
        "- Show code in a code block that can be copied as it is.",
        "- When something is not possible, say so at once and offer the nearest way that is.",
      ].join("\n"),
      greeting: "Hi! What would you like to do?",
      starterPrompts: ["How do I get started?", "What changed recently?"],
      suggestions: true,
    },
  },
  {
    id: "blank",
    label: "Blank",
    text: "Start from an empty page.",
    config: {},
  },
];
