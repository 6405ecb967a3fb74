import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { itemsOf } from "@/api/pages";
import type { Approval } from "@/api/types";
import { Select } from "@/components/ui/input";
import { useDeps } from "@/deps";
import { agentsQuery } from "@/features/agents/queries";
import type { ApprovalFilter } from "@/features/approvals/queries";

export const states: { value: Approval["state"]; label: string }[] = [
  { value: "open", label: "Waiting" },
  { value: "approved", label: "Approved" },
  { value: "denied", label: "Denied" },
  { value: "canceled", label: "Not needed any more" },
];

interface ApprovalFiltersProps {
  filter: ApprovalFilter;
  onChange: (filter: ApprovalFilter) => void;
}

export function ApprovalFilters({ filter, onChange }: ApprovalFiltersProps) {
  const { data } = useSuspenseInfiniteQuery(agentsQuery(useDeps()));
  const agents = itemsOf(data);
  return (
    <search className="flex flex-col gap-2 p-3">
      <Select
        aria-label="State"
        value={filter.state ?? ""}
        onChange={({ target }) =>
          onChange({ ...filter, state: states.find(({ value }) => value === target.value)?.value })
        }
      >
        {states.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        <option value="">All</option>
      </Select>
      {agents.length > 1 && (
        <Select
          aria-label="Agent"
          value={filter.agentId ?? ""}
          onChange={({ target }) => onChange({ ...filter, agentId: target.value || undefined })}
        >
          <option value="">All agents</option>
          {agents.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </search>
  );
}
