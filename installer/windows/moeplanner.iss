; The installer for Windows: for the person who runs it, without administrator's rights.
; Compiled by installer/windows_packages.py, which passes every name and the version:
;   iscc /DVersion=… /DSource=… /DOutput=… (see there)
; Untested until a Windows runner has built it.

[Setup]
AppId={#AppIdValue}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
AppPublisher={#Publisher}
VersionInfoVersion={#Version}
DefaultDirName={autopf}\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputDir={#Output}
OutputBaseFilename={#OutputName}
SetupIconFile={#Icon}
UninstallDisplayIcon={app}\{#WindowCommand}.exe
UninstallDisplayName={#Name}
LicenseFile={#Licence}
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
; Explorer is told that the type of .moeplan files has changed.
ChangesAssociations=yes
; A window that is open is closed by Windows' restart manager, which asks it to save first.
CloseApplications=yes
RestartApplications=no

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[CustomMessages]
en.OpenPlans=Open .moeplan files with {#Name}
de.OpenPlans=.moeplan-Dateien mit {#Name} öffnen
en.PlanFile=MoE Planner plan
de.PlanFile=MoE-Planner-Plan

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "plans"; Description: "{cm:OpenPlans}"

[InstallDelete]
; Files of the version before that this one no longer has.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Source}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\{#Name}"; Filename: "{app}\{#WindowCommand}.exe"; AppUserModelID: "{#UserModelId}"
Name: "{autodesktop}\{#Name}"; Filename: "{app}\{#WindowCommand}.exe"; Tasks: desktopicon; AppUserModelID: "{#UserModelId}"

[Registry]
; HKA is the person's own part of the registry, or the machine's when installed for all.
Root: HKA; Subkey: "Software\Classes\.moeplan"; ValueType: string; ValueData: "MoEPlanner.Plan"; Flags: uninsdeletevalue; Tasks: plans
Root: HKA; Subkey: "Software\Classes\.moeplan"; ValueType: string; ValueName: "Content Type"; ValueData: "{#Mime}"; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: plans
Root: HKA; Subkey: "Software\Classes\.moeplan\OpenWithProgids"; ValueType: string; ValueName: "MoEPlanner.Plan"; ValueData: ""; Flags: uninsdeletevalue uninsdeletekeyifempty
Root: HKA; Subkey: "Software\Classes\MoEPlanner.Plan"; ValueType: string; ValueData: "{cm:PlanFile}"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\MoEPlanner.Plan\DefaultIcon"; ValueType: string; ValueData: "{app}\{#WindowCommand}.exe,0"
Root: HKA; Subkey: "Software\Classes\MoEPlanner.Plan\shell\open\command"; ValueType: string; ValueData: """{app}\{#WindowCommand}.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\{#WindowCommand}.exe\SupportedTypes"; ValueType: string; ValueName: ".moeplan"; ValueData: ""; Flags: uninsdeletekey

[Run]
Filename: "{app}\{#WindowCommand}.exe"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent
; Settings, autosaves and own rows are the person's and stay when the program is removed.
