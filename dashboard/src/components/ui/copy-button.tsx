import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, type ButtonProps } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";

const shownFor = 2000; // ms

interface CopyButtonProps extends Omit<ButtonProps, "onClick"> {
  text: string;
  /** What is copied, for the button's name: "Copy snippet". */
  label: string;
  iconOnly?: boolean;
}

export function CopyButton({ text, label, iconOnly, size, ...rest }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownFor);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      toast("The browser refused to copy. Select the text and copy it yourself.", "danger");
    }
  };
  const Icon = copied ? Check : Copy;
  return (
    <Button
      size={size ?? (iconOnly ? "iconSm" : "sm")}
      onClick={copy}
      aria-label={iconOnly ? label : undefined}
      {...rest}
    >
      <Icon aria-hidden />
      {!iconOnly && (copied ? "Copied" : label)}
      {iconOnly && (
        <span role="status" className="sr-only">
          {copied ? "Copied" : ""}
        </span>
      )}
    </Button>
  );
}
