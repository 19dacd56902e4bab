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
console-webhooks = Webhook
console-audit = 監査ログ
console-settings = 設定
console-design = デザイン

## 多くのページの言葉

console-name = 名前
console-state = 状態
console-created = 作成日時
console-changed = 更新
console-tenant = テナント
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
console-done-replayed = まもなく再送します。
console-done-signed-out = すべての場所からサインアウトしました。

## 代わりに表示されるページ

console-one-step = このコンソールには二段階認証が必要です
console-one-step-again = パスワードだけでサインインしています。認証アプリのコードまたはパスキーを使って、もう一度サインインしてください。
console-one-step-sign-in = もう一度サインイン
console-one-step-none = パスワードだけでサインインしており、アカウントに二段階認証が設定されていません。設定してから、もう一度サインインしてください。
console-one-step-set-up = 二段階認証を設定
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

## 各ページの言葉

console-create = 作成
console-save = 保存
console-rotate = 切り替える
console-disable = 無効にする
console-enable = 有効にする
console-rename = 名前を変更
console-rename-title = { $name } の名前を変更
console-ends = 終了
console-yes = あり
console-no = なし
console-issuer = 発行者
console-authorize = 認可エンドポイント
console-token-endpoint = トークンエンドポイント
console-application = アプリケーション
console-user = ユーザー
console-role = ロール
console-group = グループ
console-permission = 権限
console-grants = ユーザーの許可
console-members = メンバー
console-filter-user = ユーザー（名前または ID）
console-filter-user-id = ユーザー ID
console-filter-application-id = アプリケーション ID
console-choose = テナントを選択
console-no-tenant = テナントなし
console-tenant-many = 多数あるため ID を入力してください。名前や ID の一部を送信すると候補が表示されます。
console-tenant-by-id = テナントの ID を入力してください。

## 一つのアプリケーション

console-app-auth = 認証情報
console-app-method = 認証方式
console-app-grants = グラントタイプ
console-app-redirects = リダイレクト URI
console-app-redirects-hint = 1 行に一つ。バイト単位で比較されるため、末尾のスラッシュも区別されます。マシンには不要です。
console-app-logout = ログアウト後のアドレス
console-app-logout-hint = サインアウト後にブラウザーが戻れるアドレス。1 行に一つ。
console-app-name-hint = 許可を求められた人に表示される名前です。
console-app-lifetime = アクセストークンの有効期間（秒）
console-app-lifetime-hint = 空欄の場合はレルムの設定に従います。
console-app-disabled-means = トークンを取得できず、既存のトークンも有効に戻すまで使えません。
console-app-new-lead = 種類を選ぶと残りの設定が決まります。後から変更できます。最初は権限がありません。
console-app-next = 権限を選ぶ
console-app-next-title = 次の手順
console-app-next-more = 登録されました。必要な権限だけを与えてください。ユーザーは一つずつ確認を求められます。
console-app-delete-title = { $app } を削除しますか？
console-app-delete-breaks = { $app } はすぐに、すべての場所で動かなくなります。
console-app-delete-tokens = 終了する有効なアクセストークン: { $count }
console-app-delete-grants = 終了するユーザーの許可: { $count }
console-app-delete-id = この ID は二度と使われません。再び使うには、新しく登録して設定を変える必要があります。
console-kind-mcp = MCP クライアント
console-kind-web-why = シークレットを保持できるサーバーで動きます。人がログインし、コードはシークレットと PKCE で引き換えます。
console-kind-spa-why = ブラウザーで動き、誰でも中身を読めるため、シークレットなしで PKCE のみを使います。
console-kind-native-why = 端末にインストールされます。シークレットなし、PKCE を使い、アプリ自身か端末内に戻ります。
console-kind-machine-why = 自分自身として動き、誰もログインしません。夜間ジョブやバックエンドなど。
console-kind-mcp-why = Model Context Protocol に対応した AI ツールです。ネイティブアプリと同様に扱います。
console-secret = クライアントシークレット
console-secrets = クライアントシークレット一覧
console-secret-once = 今すぐコピーしてください。表示されるのは一度だけで、ハッシュとして保存されます。後からは末尾の 4 文字だけが見えます。
console-secret-live = 期限なし
console-secret-empty = 有効なシークレットはありません
console-secret-empty-more = 切り替えると作成されます。
console-secret-rotate = 新しいシークレット
console-secret-rotate-title = { $app } の新しいシークレット
console-secret-rotate-lead = 新しいものはすぐに使えます。入れ替えの間、古いものもしばらく使えます。
console-keep = 古いシークレットはいつ終了しますか？
console-keep-hour = 1 時間後
console-keep-day = 24 時間後
console-keep-week = 7 日後
console-keep-none = 今すぐ
console-keep-none-more = まだ使っているものはすぐに拒否されます。漏洩した場合に選んでください。
console-snippets = 最初のコード
console-permissions-hint = 要求できる最大の範囲です。ユーザーやロールによってさらに狭められます。
console-permissions-beside = そのほかに持っている権限
console-permissions-user = ユーザー自身について
console-permissions-everything = すべてを一度に
console-pattern = { $prefix } で始まるすべて(今後追加されるものを含む)
console-pattern-all = プラットフォームのすべて(今後追加されるものを含む)
console-about-openid = ユーザーが誰かを確認する
console-about-profile = 名前と写真を見る
console-about-email = メールアドレスを見る
console-about-address = 住所を見る
console-about-phone = 電話番号を見る
console-about-offline = ユーザーがサインインしていない間も接続を保つ
console-scopes-ticked = 必要なものだけを選んでください。星印の行には、今後追加されるものも含まれます。
console-scopes-written = 1 行に 1 つ。invoices:* のようなパターンは複数の権限を含みます。
console-usage-used = { $count } 回使用
console-usage-unused = 未使用
console-usage-none = 不明: 使用の報告がありません
console-usage-unknown = 使用状況の報告がありません
console-usage-unknown-more = API からこのアプリケーションの使用報告がないため、未使用とは判断しません。報告はイントロスペクションかゲートから届きます。
console-usage-droppable = 30 日間使われていない権限: { $count }
console-usage-droppable-more = API の報告による情報です。不要な権限は悪用もされません。
console-trim = 未使用の権限を外す
console-trim-title = { $app } が使っていない権限を外しますか？
console-trim-lead = 現在 { $count } 件あります。パターンは残りの一覧に置き換わります。
console-trim-breaks = 次の { $count } 件は要求できなくなり、含む要求は拒否されます:

## アクセストークン

console-tokens-lead = 発行されたすべてのトークンです。値は保存されていないため、ここから複製できません。
console-token = トークン
console-token-user = 代理対象
console-token-live = 有効
console-token-ended = 終了
console-token-expired = 期限切れ
console-token-empty = アクセストークンはありません
console-token-empty-more = アプリケーションが取得するか、手動で作成すると表示されます。
console-token-end = 終了する
console-token-end-title = このアクセストークンを終了しますか？
console-token-end-breaks = このトークンを使う { $app } はすぐに拒否されます。
console-token-end-others = リフレッシュトークンがあれば引き続き使えます。止めるには許可かアプリケーションを終了してください。
console-token-new = トークンを手動で作成
console-token-new-title = { $app } のトークン
console-token-new-lead = スクリプトやテスト用です。アプリケーション、ユーザーのロール、あなたの権限の範囲内で使えます。
console-token-name-hint = 後で用途が分かる名前を付けてください。
console-token-user-hint = このユーザーのログイン名。
console-token-days = 終了までの日数
console-days-wrong = 日数を 1 から { $most } までの整数で入力してください。
console-token-tenant-hint = ユーザーにはそこでのロールが必要です。
console-token-value = アクセストークン
console-token-once = 今すぐコピーしてください。表示は一度だけです。

## API キー

console-api-keys-lead = プラットフォーム API のキーです。値は作成時に一度だけ表示されています。
console-api-key = キー
console-api-key-active = 有効
console-api-key-revoked = 終了
console-api-key-expired = 期限切れ
console-api-key-used = 最終使用
console-api-key-empty = API キーはありません
console-api-key-empty-more = API キーがあれば、スクリプトはトークンなしで API を呼び出せます。ここ、管理 API、コマンドラインのいずれかで作成します。
console-api-key-end-title = キー { $name } を終了しますか？
console-api-key-end-breaks = 使っているものはすぐに拒否されます。元には戻せません。

## 最小権限

console-least-lead = API の報告をもとに、各アプリケーションに不要な権限を示します。
console-least-use = 使用状況
console-least-unknown = 不明
console-least-fits = すべて使用中
console-least-unused = 未使用: { $count }

## ユーザー

console-users-lead = ここにログインする人です。
console-user-new = 新しいユーザー
console-user-exact = ユーザー名（完全一致）
console-user-begins = ユーザー名、またはその先頭
console-user-password = パスワード
console-user-name-hint = ログイン時に入力する名前。通常はメールアドレスです。
console-user-password-hint = 8 文字以上。メール以外の方法で伝えてください。
console-user-set-password = パスワードを設定
console-user-set-password-title = { $user } のパスワードを設定
console-user-set-password-breaks = 以前のパスワードはすぐに使えなくなります。このユーザーのセッションとリフレッシュトークンはすべて終了します。
console-user-empty = ユーザーはまだいません
console-user-empty-more = ここ、管理 API、またはインポートで作成します。
console-user-places = テナントとロール
console-user-places-empty = テナントに所属していません
console-user-places-empty-more = アプリケーションはこのユーザー本人としてのみ動作します。
console-user-delete-title = { $user } を削除しますか？
console-user-delete-breaks = このユーザーのセッション、許可、トークン、ロールはすぐに終了し、元に戻せません。
console-user-second-step = 2 段階認証を解除
console-user-second-step-title = { $user } の 2 段階認証を解除しますか？
console-user-second-step-breaks = 再設定されるまで、パスワードだけでサインインできるようになります。すべてのセッションとリフレッシュトークンが終了します。
console-done-second-step = 解除しました。パスワードだけでサインインできます。
console-user-passkeys = すべてのパスキーを削除
console-user-passkeys-title = { $user } のすべてのパスキーを削除しますか？
console-user-passkeys-breaks = どのパスキーでもサインインできなくなります。パスワードがない場合、設定されるまでサインインできません。すべてのセッションとリフレッシュトークンが終了します。
console-done-passkeys = パスキーを削除しました。
console-user-disable-title = { $user } を無効にしますか？
console-user-disable-breaks = すべての場所でログアウトされ、有効に戻すまで代理のアプリケーションも動きません。
console-user-enable-title = { $user } を有効にしますか？
console-user-enable-breaks = これまでのパスワードで再びログインできます。
console-sign-out-all = すべてサインアウト
console-sign-out-all-title = { $user } をすべての場所でサインアウトしますか？
console-sign-out-all-breaks = すべてのブラウザーで再ログインが必要になり、リフレッシュトークンも終了します。
console-grant-empty = 許可はありません
console-grant-empty-more = 誰かがアプリケーションに何かを許可すると、ここに表示されます。

## セッション

console-sessions-lead = 誰がどこでログインしているかを、ログイン名で調べます。
console-session-browser = ブラウザー
console-session-place = 場所
console-session-since = ログイン日時
console-session-unknown = 不明
console-session-empty = ログインしていません
console-session-empty-more = セッションは、ブラウザーと接続元とともに表示されます。
console-session-find = 誰のセッションですか？
console-session-find-more = 上にユーザー名を入力してください。
console-session-nobody = 該当するユーザーはいません
console-session-nobody-more = 名前は小文字で、全体が一致するか比較されます。

## テナント

console-tenants-lead = トークンが代理する会社やアカウントです。
console-tenant-new = 新しいテナント
console-tenant-id = ID
console-tenant-id-hint = トークンに記載される値です。後から変更できません。
console-tenant-empty = テナントはありません
console-tenant-empty-more = テナントはプラットフォームの顧客です。ユーザーはそれぞれでロールを持ちます。
console-tenant-delete-title = { $tenant } を削除しますか？
console-tenant-delete-breaks = 削除できるのは、メンバーもサービスアカウントもないテナントだけです。その API キーとトークンはすぐに終了し、元に戻りません。
console-tenant-disable-title = { $tenant } を無効にしますか？
console-tenant-disable-breaks = 有効に戻すまで、このテナントでは何も動作しません。
console-tenant-enable-title = { $tenant } を有効にしますか？
console-tenant-enable-breaks = 終了していないものは再び動作します。
console-member-empty = メンバーはいません
console-member-empty-more = ログインに使う名前でメンバーを追加してください。
console-accounts-lead = テナントでロールを持つプログラムです。テナントを選んでください。
console-accounts-of = { $tenant } のサービスアカウント
console-account-empty = サービスアカウントはありません
console-account-empty-more = サービスアカウントは、このテナントでロールを持って動くプログラムです。

## 規則

console-permissions-lead = 要求できるすべての権限を、ユーザーに見える言葉で示します。
console-permission-lets = できること
console-permission-empty = 権限はありません
console-permission-empty-more = レルムのファイルに [[permissions]] として書きます。
console-risk = リスク
console-risk-read = 読み取り
console-risk-change = 変更
console-risk-delete = 削除
console-risk-money = 送金
console-risk-admin = 管理
console-settings-lead = { $file } の内容を項目ごとに示します。ここでは読むだけで、変更はファイルで行います。シークレットは表示しません。
console-setting = 設定
console-setting-value = 値
console-setting-from = 記述場所
console-setting-line = { $line } 行目
console-setting-default = 既定値
console-setting-empty = 設定がありません
console-setting-empty-more = レルムのファイルに記述がありません。

## 署名鍵

console-keys-lead = トークンに署名する鍵です。次の鍵は署名を始める前に公開されます。
console-key = 鍵 ID
console-key-algorithm = アルゴリズム
console-key-active = 署名中
console-key-next = 次
console-key-retired = 引退
console-key-since = 開始
console-key-removed = 削除予定
console-key-empty = 署名鍵はありません
console-key-empty-more = サーバーの起動時に作成されます。
console-key-rotate = { $algorithm } を切り替える
console-key-rotate-title = { $algorithm } の鍵を切り替えますか？
console-key-rotate-breaks = 新しいトークンは次の鍵で署名されます。鍵を再取得しない検証者は拒否します。
console-key-rotate-old = 署名済みのトークンは有効なままです。古い鍵は最後のトークンが切れるまで公開されます。

## 監査ログ（続き）

console-audit-lead = 誰が、どこから、何を、どう変えたかの記録です。変更されることはありません。
console-audit-changes = 変更内容
console-audit-export = JSON 形式で出力
console-audit-filter-action = 操作（例: client.*）
console-audit-filter-target = 対象（例: client:ID）
console-audit-filter-actor = 実行者（完全一致）

## レルム全体の一覧

console-registrations = 登録
console-registrations-lead = 自分で登録したアプリケーションを名前ごとにまとめています。コンピューターごとに登録し直すものも 1 行です。
console-registration-count = 登録数
console-registration-first = 最初
console-registration-last = 最後
console-registration-empty = 自分で登録したものはありません
console-registration-empty-more = レルムが許可している場合、AI ツールなどが自分で登録し、ここに表示されます。
console-all-grants = 許可
console-grants-lead = ユーザーがアプリケーションに許可したことです。すべてを見る、または終了するには 1 つ選んでください。
console-grant-end-title = { $app } の許可を終了しますか？
console-grant-end-breaks = このユーザーのアクセストークンとリフレッシュトークンはすぐに終了します。
console-grant-end-again = アプリケーションはもう一度ユーザーに求めることができます。
console-findings = 検出事項
console-findings-lead = 試行中の規則を実際に適用したときに、動かなくなるアプリケーションです。
console-finding-rule = 規則
console-finding-count = 回数
console-finding-first = 最初
console-finding-last = 最後
console-finding-empty = 動かなくなるものはありません
console-finding-empty-more = 試行中の規則が拒否するはずのリクエストが、ここで数えられます。
console-done-session-ended = そこからサインアウトしました。
console-session-end-title = { $user } をそこからサインアウトさせますか？
console-session-end-breaks = このブラウザーはもう一度ログインが必要です。アプリケーションの権限はそのままです。

## テナントのメンバー、マシン、キー

console-done-added = 追加しました。
console-done-removed = 外しました。
console-member-add = メンバーを追加
console-member-add-lead = すでにここにアカウントがある人です。
console-member-name-hint = ログインに使う名前です。
console-member-role-hint = あなた自身の権限を超えることはできません。
console-member-change-lead = 権限の少ないロールにすると、手動で作成したトークンは終了します。
console-member-remove = 外す
console-member-remove-title = { $user } を { $tenant } から外しますか？
console-member-remove-breaks = このテナントでアプリケーションがこの人のためにできることは、すぐに終了します。
console-member-remove-keeps = アカウントと、ほかのテナントでの所属は残ります。
console-account-new = 新しいサービスアカウント
console-account-new-lead = このテナントでロールを持って動くマシンです。
console-account-name-hint = 何のためのものかを書きます。
console-account-scopes-hint = 何も選ばない場合は、ロールが許可するすべてです。
console-account-scopes-written = 1 行に 1 つ。空の場合は、ロールが許可するすべてです。
console-account-scopes-change = 要求できる最大の範囲です。ロールによる制限もあります。何も選ばない場合は、何も要求できません。
console-account-delete-breaks = { $app } はトークンを取得できなくなり、今あるトークンもすぐに終了します。
console-api-key-new = 新しい API キー
console-api-key-new-lead = プラットフォームの API を呼び出すスクリプト用です。あなた自身の権限を超えることはできません。
console-api-key-days-hint = 空の場合は、誰かが終了するまで有効です。
console-api-key-tenant-hint = データを参照するテナントです。
console-tenant-choose = テナントを選択
console-tenant-choose-lead = 複数のテナントを担当しています。操作は選んだテナントに対して行われます。

## 概要と監査ログの続き

console-audit-export-csv = CSV で書き出す
console-chart-issued = 1 時間ごとに発行されたアクセストークン
console-chart-issued-more = 過去 24 時間に { $count } 件。
console-chart-issued-newest = 新しい順に { $count } 件を数えています。
console-chart-clients = 多く受け取ったアプリケーション
console-chart-none = 過去 24 時間にはありません
console-chart-refused = 1 時間ごとの拒否されたリクエスト
console-chart-reasons = 拒否の理由

## Mail of a development server

console-mail = メール
console-mail-lead = 開発用サーバーです。送信されるはずのメールは、動作中ここに保存されます。
console-mail-subject = 件名
console-mail-to = 宛先
console-mail-text = 本文
console-mail-empty = メールはありません
console-mail-empty-more = ログイン画面でパスワードの再設定を求めると、そのメールがここに表示されます。
## テナントの外部アプリ

console-third = 外部アプリ
console-third-lead = メンバーがここで使える外部アプリです。プラットフォーム自身のアプリに許可はいりません。
console-third-all-lead = 外部アプリについてのテナントの決定と、決定待ちのリクエストです。
console-third-policy = 新しいアプリ
console-third-policy-change = ルールを変更
console-third-open = メンバーが決める
console-third-open-hint = ブロックされていないアプリなら、メンバーが自分で許可できます。
console-third-approval = 承認を待つ
console-third-approval-hint = メンバーが申請し、管理者が先に許可します。すでに使われているものはそのまま使えます。
console-third-waiting = 承認待ち
console-third-allowed = 許可済み
console-third-blocked = ブロック中
console-third-undecided = 未決定
console-third-asked-by = 申請者
console-third-asked = 申請日時
console-third-decided = 決定日時
console-third-in-use = 使用中（未決定）
console-third-in-use-lead = メンバーが許可したアプリです。ブロックされるまで使えます。
console-third-empty = 決定はありません
console-third-empty-more = メンバーがアプリを申請したり、誰かが許可またはブロックしたりすると、ここに表示されます。
console-third-allow = 許可
console-third-block = ブロック
console-third-forget = 取り消す
console-third-allow-title = { $tenant } で { $app } を許可しますか？
console-third-allow-means = メンバーは、自分にできる範囲のことをこのアプリに許可できます。
console-third-block-title = { $tenant } で { $app } をブロックしますか？
console-third-block-breaks = このテナントでメンバーが許可したことは、トークンも含めてただちに終了します。
console-third-block-again = あとで許可しても元には戻りません。メンバーはもう一度許可を求められます。
console-third-forget-title = { $app } についての { $tenant } の決定を取り消しますか？
console-third-forget-means = 新しいアプリのルールが再び適用されます。メンバーが決める場合、ブロックされていたアプリも再び使えるようになります。
console-links = ほかのプロバイダー
console-link-provider = プロバイダー
console-link-person = そこでの名前
console-link-since = 連携
console-link-used = 最後のログイン
console-link-empty = ほかのプロバイダーとの連携はありません
console-link-empty-more = プロバイダーの人物と連携されるまで、このユーザーはここでのみログインします。
console-link-remove = 連携を削除
console-link-remove-title = { $user } と { $provider } の連携を削除しますか？
console-link-remove-breaks = そのプロバイダーからこのユーザーとして入ることはできなくなります。パスワードもパスキーもない場合、まったくログインできなくなります。このユーザーのすべてのセッションとリフレッシュトークンが終了します。メールアドレスによる連携が許可されている場合、次にそこでログインすると再び連携されます。
console-unused-title = 未使用の登録
console-unused-lead = { $count } 日間動きがなく、許可もトークンもない登録です。
console-unused-days = { $count } 日以上
console-unused-next = さらに探す
console-unused-count = { $count } 件の登録が表示されています。
console-unused-breaks = 選択したものは、この瞬間に使われない限り削除されます。登録がなくなったプログラムは再登録が必要です。多くは自動で再登録します。
console-unused-which = 登録
console-unused-submit = 選択したものを失効させる
console-unused-none = ここにはありません
console-unused-none-more = 確認した登録はすべて使用中か、その後に動きがありました。
console-done-expired = まだ未使用だったものを削除しました。
