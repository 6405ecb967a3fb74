import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createApp } from "@/app";
import "@/styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const { app } = createApp({ baseUrl: window.location.origin });
createRoot(root).render(<StrictMode>{app}</StrictMode>);
