# Installs the only installer in dist\ on a real Windows, runs the program and uninstalls it.
# The first step that fails ends the script with its reason.
$ErrorActionPreference = "Stop"
$folder = Join-Path $env:LOCALAPPDATA "Programs\RunComfy Desktop"
$exe = Join-Path $folder "runcomfy-desktop.exe"
$shortcut = Join-Path $env:APPDATA "Microsoft\Windows\Start Menu\Programs\RunComfy Desktop.lnk"
$report = Join-Path $env:TEMP "self-test.json"

function Invoke-Program($file, [string[]]$words) {
    $process = Start-Process $file -ArgumentList $words -PassThru -Wait
    if ($process.ExitCode -ne 0) { throw "$file $words ended with $($process.ExitCode)" }
}

function Assert-True($what, $is) { if (-not $is) { throw "Not so: $what" } }

$setup = @(Get-ChildItem dist\*-setup.exe)
Assert-True "there is one installer" ($setup.Count -eq 1)
Invoke-Program $setup[0].FullName @("/S")
Assert-True "the program is there" (Test-Path $exe)

# A windowed program has no output: it writes a report.
try { Invoke-Program $exe @("--self-test", "--report", $report) }
finally { if (Test-Path $report) { Get-Content $report } }

# Wine cannot show this: the id of the shortcut.
$shell = New-Object -ComObject Shell.Application
$menu = $shell.Namespace((Split-Path $shortcut))
$id = $menu.ParseName((Split-Path $shortcut -Leaf)).ExtendedProperty("System.AppUserModel.ID")
Assert-True "the shortcut's id is ours, and not '$id'" ($id -eq "io.github.runcomfy_desktop.RunComfyDesktop")
Assert-True "the link is registered" (Test-Path "HKCU:\Software\Classes\runcomfy-desktop\shell\open\command")

if ($env:WINDOWS_CERTIFICATE) {
    foreach ($file in $setup[0].FullName, $exe, (Join-Path $folder "uninstall.exe")) {
        $status = (Get-AuthenticodeSignature $file).Status
        Assert-True "$file is signed, and not '$status'" ($status -eq "Valid")
    }
}

# Installing again is a repair.
Invoke-Program $setup[0].FullName @("/S")
Invoke-Program (Join-Path $folder "uninstall.exe") @("/S")
# The uninstaller continues in a copy of itself.
foreach ($second in 1..60) { if (Test-Path $folder) { Start-Sleep 1 } }
Assert-True "the folder is gone" (-not (Test-Path $folder))
Assert-True "the shortcut is gone" (-not (Test-Path $shortcut))
Assert-True "the link is gone" (-not (Test-Path "HKCU:\Software\Classes\runcomfy-desktop"))
Write-Output "Installed, used, repaired and removed"
