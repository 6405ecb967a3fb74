import { Plus } from "lucide-react";
import { useState } from "react";
import type { ApiKey, NewApiKey } from "@/api/types";
import { RevealSecret } from "@/components/reveal-secret";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { CreateKeyForm } from "@/features/keys/create-key-form";
import { useRefusal } from "@/features/session/permissions";

interface CreateKeyProps {
  /** Opens with this kind chosen; absent leaves the dialog closed. */
  startWith?: ApiKey["kind"];
  onClose: () => void;
}

/** The button that makes a key; a secret one is shown in the same dialog, this once. */
export function CreateKey({ startWith, onClose }: CreateKeyProps) {
  const refused = useRefusal("keys:write");
  const [open, setOpen] = useState(startWith !== undefined && !refused);
  const [created, setCreated] = useState<NewApiKey | null>(null);
  const change = (next: boolean) => {
    setOpen(next);
    if (!next) {
      setCreated(null);
      onClose();
    }
  };
  const button = (
    <Button variant="primary" blocked={refused}>
      <Plus aria-hidden />
      New key
    </Button>
  );
  if (refused) return button;
  return (
    <Dialog open={open} onOpenChange={change}>
      <DialogTrigger asChild>{button}</DialogTrigger>
      {created ? (
        <RevealSecret
          title={`${created.apiKey.name} is ready`}
          secret={created.key}
          label="key"
          onDone={() => change(false)}
        />
      ) : (
        <DialogContent title="New key">
          <CreateKeyForm
            startWith={startWith ?? "publishable"}
            onCreated={(key) => (key.apiKey.kind === "secret" ? setCreated(key) : change(false))}
          />
        </DialogContent>
      )}
    </Dialog>
  );
}
