import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";

interface RevealSecretProps {
  title: string;
  secret: string;
  /** What it is, for the copy button: "key". */
  label: string;
  onDone: () => void;
}

/** Shows a secret the only time that it can be shown; a slip outside does not close it. */
export function RevealSecret({ title, secret, label, onDone }: RevealSecretProps) {
  const stay = (event: Event) => event.preventDefault();
  return (
    <DialogContent title={title} onInteractOutside={stay} onEscapeKeyDown={stay}>
      <DialogBody>
        <Alert tone="warn" title="Copy it now">
          It cannot be shown again. Keep it on a server, never in a page.
        </Alert>
        <div className="flex gap-2">
          <Input
            readOnly
            value={secret}
            aria-label={`The ${label}`}
            onFocus={(event) => event.target.select()}
            className="bg-surface! font-mono text-[0.8125rem]! text-ink!"
          />
          <CopyButton autoFocus text={secret} label={`Copy ${label}`} size="md" />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" onClick={onDone}>
          I have stored it
        </Button>
      </DialogFooter>
    </DialogContent>
  );
}
