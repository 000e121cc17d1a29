/** Which classes of well-known packs run code that whoever uses them writes? Their advertised purpose, in public repositories. */
import { matches } from './admissions.ts'

// Python, shell, JavaScript, or an expression handed to `eval`: whoever runs one is whoever ComfyUI runs as.
const names = `
  SRL Eval|SRL Conditional Interrrupt|SRL Filter Image List|SRL Format String
  SrlEval|SrlConditionalInterrupt|SrlFilterImageList|SrlFormatString
  EvaluateMultiple1|EvaluateMultiple3|EvaluateMultiple6|EvaluateMultiple9
  EvaluateListMultiple1|EvaluateListMultiple3|EvaluateListMultiple6|EvaluateListMultiple9
  FL_CodeNode|AnyNode|AnyNodeGemini|AnyNodeAnthropic|AnyNodeLocal|AnyNodeCodeViewer|AnyNodeExportToFile
  PyExec|PyExec_Output|PyExec_OutputIsList|PyExec_OutputIsValue|PythonExec|NodePython|Any Python
  TG_PyEval|TG_PyEvalNamespace|TG_PyCode|EvalPython|KY_Eval_Python|ZnPyCode: CustomCode|ZEvalNode
  Exec Python Code Script|ETPythonTextScript3Node|GagaPythonScript|DN_PythonCode|teeth RunPythonCode
  SDVN Run Python Code|OllamaTool_PythonCode|Griptape Code: Run Python [DEPRECATED]|CustomScriptNumpy
  OmostLoadCanvasPythonCodeNode|Comflowy_Omost_Load_Canvas_Python_Code|AutogenCodeExecutor|ClaudeCodeExecute
  Gemini3WithCodeExecution|VRGDG_PythonCodeRunner|NotebookCell|SaltScript|ASTERR|SaveASTERR
  Eval|Exec|Eval_AS|Den_Eval_AS|EvalFloats|EvalSampler|EvalSamplerAdvanced|EvalFloatExpr|EvalIntExpr
  Evaluate Integers|Evaluate Floats|Evaluate Strings|EvaluateInts|EvaluateFloats|EvaluateStrs
  ACE_Expression_Eval|Math Expression (mtb)|SympyInterpreter|Power Puter (rgthree)|AdvancedScript|Script
  comfyUI_u5_easyscripter|JavascriptExecutor|JavascriptExecutorMultiOutput|JavaScript_clh|RunJS
  Shell Command|Shell_Command|ShellExecutor|ShellCodeNode|Terminal|terminal_node|ChampdevTerminal|HotReload_Terminal
  ImageMagick Evaluate
`
  .split(/[|\n]/)
  .map((name) => name.trim())
  .filter((name) => name !== '')

// In lower case; what such classes are called in packs that nobody listed.
const patterns = `
  *python*code* *python*script* *python*exec* *python*eval* *python*run* *code*python* *script*python* *exec*python*
  *eval*python* *run*python* *pyexec* *pyeval* *pycode* *py_exec* *py_eval* *shell*command* *shell*exec* *shell*script*
  *shell*code* *run*shell* *execute*command* *run*command* *bash*script* *bash*command* *powershell* *subprocess*
  *javascript*exec* *javascript*code* *run*javascript* *execute*code* *code*execut* *run*code* *coderunner* *code*runner*
`
  .split(/\s+/)
  .filter((pattern) => pattern !== '')

const known: ReadonlySet<string> = new Set(names)

/** Whether a class is known, or named as if, to run code of its user's. */
export function runsCode(classType: string): boolean {
  const lower = classType.toLowerCase()
  return known.has(classType) || patterns.some((pattern) => matches(pattern, lower))
}
