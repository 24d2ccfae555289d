// The engines' suite in WebKit.

import { suite } from "./suite.mjs";

suite("webkit");
