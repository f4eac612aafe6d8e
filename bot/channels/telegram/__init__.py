"""The Telegram channel. `connector.TelegramInput` is what credentials.yml names; docs/channels/telegram.md tells all."""
