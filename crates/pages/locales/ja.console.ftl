# 運用者のコンソール。

console-product = コンソール
console-group-access = アクセス
console-group-people = 人とプログラム
console-group-rules = 規則と記録
console-overview = 概要
console-applications = アプリケーション
console-tokens = アクセストークン
console-api-keys = API キー
console-least-privilege = 最小権限
console-users = ユーザー
console-sessions = セッション
console-tenants = テナント
console-service-accounts = サービスアカウント
console-roles = ロール
console-permissions = 権限
console-keys = 署名鍵
console-audit = 監査ログ
console-settings = 設定
console-design = デザイン

## 多くのページの言葉

console-name = 名前
console-state = 状態
console-created = 作成日時
console-tenant = テナント
console-any = すべて
console-search = 検索
console-enabled = 有効
console-disabled = 無効
console-delete = 削除
console-count-permissions = { $count ->
   *[other] { $count } 件の権限
}

## フォームの結果

console-done-created = 作成しました。
console-done-saved = 保存しました。
console-done-deleted = 削除しました。
console-done-ended = 終了しました。今後は使えません。
console-done-trimmed = 権限を減らしました。有効なトークンも残りの範囲に収まります。
console-done-rotated = 切り替えました。
console-done-signed-out = すべての場所からサインアウトしました。

## 代わりに表示されるページ

console-forbidden = この操作はできません
console-forbidden-more = 権限 { $permission } が必要です。運用者とその権限はレルムの設定ファイルにあります。
console-changed = ほかの人が先に変更しました
console-changed-more = 開いた後に変更されています。何も保存されていません。現在の内容を確認して、もう一度お試しください。
console-conflict = 今はできません
console-bad = この指定は使えません
console-missing = ここには何もありません
console-missing-more = そのページはないか、表示していたものがなくなりました。
console-stranger = このアカウントは運用者ではありません
console-stranger-more = コンソールは、レルムの設定で運用者とされた人のためのものです。
console-stranger-another = 別のアカウントでサインイン

## 概要

console-overview-lead = レルム { $issuer }。時刻は UTC です。
console-overview-recent = 最近の操作
console-development = 開発用サーバー
console-development-more = ユーザー、アプリケーション、鍵は試用のためのものです。
console-loosened = { $count ->
   *[other] { $count } 件の規則が緩められています
}
console-loosened-more = 設定に明記されています。内容と意味は設定のページにあります。
console-figure-applications = アプリケーション
console-figure-tokens = 有効なアクセストークン
console-figure-users = ユーザー
console-figure-tenants = テナント
console-figure-api-keys = 有効な API キー
console-figure-keys = 署名方式
console-figure-keys-ready = 次の鍵は準備できています
console-figure-keys-missing = 次の鍵がありません
console-figure-more = { $count }+
console-document-metadata = サーバーのメタデータ
console-document-api = 管理 API（OpenAPI）

## アプリケーション

console-app-lead = ここでトークンを求めるプログラムです。自社のものも、他社のものも含みます。
console-app-new = 新しいアプリケーション
console-app-kind = 種類
console-app-origin = 登録元
console-app-permissions = 要求できる範囲
console-app-empty = アプリケーションはまだありません
console-app-empty-more = アプリケーションとは、トークンを求めるプログラムです。Web アプリ、コマンドラインツール、夜間ジョブなど。
console-kind-web = Web アプリ
console-kind-spa = シングルページアプリ
console-kind-native = ネイティブアプリ
console-kind-machine = マシン
console-kind-service = サービスアカウント
console-kind-other = その他
console-origin-console = 運用者
console-origin-portal = 開発者
console-origin-dynamic = 自己登録
console-origin-document = 自身の文書

## 監査ログ

console-audit-action = 操作
console-audit-target = 対象
console-audit-actor = 実行者
console-audit-address = 接続元
console-audit-at = 日時
console-audit-empty = まだ操作はありません
console-audit-empty-more = 運用者、プログラム、コマンドラインによる変更は、すべてここに残ります。

## デザイン

console-design-lead = これらのページのすべての部品を、テストが確認する見本とともに表示します。開発時だけのページです。
