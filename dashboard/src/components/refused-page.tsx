import { Lock } from "lucide-react";
import { Page } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { Empty } from "@/components/ui/empty";

/** A page that the person's role may not see. */
export function RefusedPage({ title, reason }: { title: string; reason: string }) {
  return (
    <Page title={title}>
      <Card>
        <Empty icon={Lock} title="Not for your role">
          {reason}
        </Empty>
      </Card>
    </Page>
  );
}
