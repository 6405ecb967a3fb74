import { useStrings } from "./context";

/** Says what could not be loaded, and offers another try. */
export function LoadFailed({ text, onRetry }: { text: string; onRetry: () => void }) {
  const t = useStrings();
  return (
    <div className="centre" role="alert">
      <p>{text}</p>
      <button type="button" className="small-button" onClick={onRetry}>
        {t.retry}
      </button>
    </div>
  );
}
