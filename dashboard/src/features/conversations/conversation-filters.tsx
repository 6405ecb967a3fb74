import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { itemsOf } from "@/api/pages";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { useDeps } from "@/deps";
import { agentsQuery } from "@/features/agents/queries";
import type { ConversationFilter } from "@/features/conversations/queries";
import { useDebounced } from "@/lib/use-debounced";

const stillness = 300; // ms without typing before a search

interface ConversationFiltersProps {
  filter: ConversationFilter;
  onChange: (filter: ConversationFilter) => void;
}

export function ConversationFilters({ filter, onChange }: ConversationFiltersProps) {
  const { data } = useSuspenseInfiniteQuery(agentsQuery(useDeps()));
  const agents = itemsOf(data);
  return (
    <search className="flex flex-col gap-2 p-3">
      <SearchBox
        query={filter.query ?? ""}
        onQuery={(query) => onChange({ ...filter, query: query || undefined })}
      />
      {agents.length > 1 && (
        <Select
          aria-label="Agent"
          value={filter.agentId ?? ""}
          onChange={(event) => onChange({ ...filter, agentId: event.target.value || undefined })}
        >
          <option value="">All agents</option>
          {agents.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
      <Switch
        label="Waiting for a person"
        checked={filter.waiting ?? false}
        onCheckedChange={(waiting) => onChange({ ...filter, waiting: waiting || undefined })}
      />
    </search>
  );
}

function SearchBox({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const [text, setText] = useState(query);
  const settled = useDebounced(text.trim(), stillness);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts a search
  useEffect(() => {
    if (settled !== query) onQuery(settled);
  }, [settled]);
  return (
    <div className="relative">
      <Search
        aria-hidden
        className="pointer-events-none absolute start-3 top-1/2 size-4 -translate-y-1/2 text-faint"
      />
      <Input
        type="search"
        aria-label="Search conversations"
        placeholder="Search titles and messages"
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="ps-9 pe-9"
      />
      {text && (
        <Button
          variant="ghost"
          size="iconSm"
          aria-label="Clear the search"
          onClick={() => setText("")}
          className="absolute end-0.5 top-0.5"
        >
          <X aria-hidden />
        </Button>
      )}
    </div>
  );
}
