"""RunComfy Desktop: an independent desktop client for RunComfy's Serverless API."""

__version__ = "0.1.0"

APP_NAME = "RunComfy Desktop"
# An independent id: this program is not made by RunComfy, so it does not use their domain.
APP_ID = "io.github.runcomfy_desktop.RunComfyDesktop"
