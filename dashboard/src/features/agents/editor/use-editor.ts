import { useSuspenseQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { type UseFormReturn, useForm } from "react-hook-form";
import { bodyOf } from "@/api/client";
import type { Agent } from "@/api/types";
import { type Deps, useDeps } from "@/deps";
import { DraftSaver, type SaveState } from "@/features/agents/editor/draft-saver";
import {
  type AgentForm,
  agentResolver,
  contentOf,
  errorsIn,
  formOf,
} from "@/features/agents/editor/form";
import { agentQuery, agentsQuery } from "@/features/agents/queries";
import { useRefusal } from "@/features/session/permissions";

export interface Editor {
  /** The agent as the server last gave it. */
  agent: Agent;
  form: UseFormReturn<AgentForm>;
  saver: DraftSaver;
  saveState: SaveState;
  /** Why the person may only look; undefined when they may edit. */
  refused: string | undefined;
  /** Shows an agent that the server gave, in place of what the form holds. */
  load: (agent: Agent) => void;
}

const EditorContext = createContext<Editor | null>(null);

export const EditorProvider = EditorContext;

/** The editor of the agent page around the component; all its tabs share one. */
export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("useEditor needs an EditorProvider around it");
  return editor;
}

const stillness = 800; // ms without typing before a draft is saved

export function useAgentEditor(agentId: string): Editor {
  const deps = useDeps();
  const { data: agent } = useSuspenseQuery(agentQuery(deps, agentId));
  const refused = useRefusal("agents:write");
  const [saver] = useState(() => newSaver(deps, agent));
  const form = useForm<AgentForm>({
    defaultValues: formOf(agent),
    resolver: agentResolver,
    mode: "onChange",
  });
  const saveState = useSyncExternalStore(saver.subscribe, saver.snapshot);
  const load = (fresh: Agent) => {
    deps.queries.setQueryData(agentQuery(deps, agentId).queryKey, fresh);
    const values = formOf(fresh);
    saver.reset(fresh.revision, contentOf(values));
    form.reset(values);
  };
  useSavedChanges(form, saver);
  useNewerRevision(agent, saver, load);
  return { agent, form, saver, saveState, refused, load };
}

function newSaver(deps: Deps, agent: Agent): DraftSaver {
  const save: ConstructorParameters<typeof DraftSaver>[0]["save"] = async (content, revision) => {
    const params = { path: { id: agent.id } };
    const body = { ...content, revision };
    const saved = await bodyOf(deps.api.PATCH("/v1/agents/{id}", { params, body }));
    deps.queries.setQueryData(agentQuery(deps, agent.id).queryKey, saved);
    void deps.queries.invalidateQueries({ queryKey: agentsQuery(deps).queryKey });
    return saved;
  };
  const content = contentOf(formOf(agent));
  return new DraftSaver({ revision: agent.revision, content, save, delay: stillness });
}

/** Hands every change of the form's content to the saver, and what waits when the page is left. */
function useSavedChanges(form: UseFormReturn<AgentForm>, saver: DraftSaver) {
  useEffect(() => {
    const unsubscribe = form.subscribe({
      formState: { values: true },
      callback: ({ values }) => {
        const fine = Object.keys(errorsIn(values)).length === 0;
        saver.change(fine ? contentOf(values) : null);
      },
    });
    return () => {
      unsubscribe();
      void saver.flush();
    };
  }, [form, saver]);
}

/** Takes over what somebody else has saved, as long as nothing of ours is at stake. */
function useNewerRevision(agent: Agent, saver: DraftSaver, load: (agent: Agent) => void) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision alone matters
  useEffect(() => {
    const newer = agent.revision > saver.currentRevision;
    if (newer && saver.snapshot().kind === "saved") load(agent);
  }, [agent.revision]);
}
