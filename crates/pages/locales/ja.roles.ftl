# The console's pages of roles. Its handlers choose these texts.

roles-lead = 名前の付いた権限の集まりです。設定ファイルのロールはファイルで変更し、それ以外はここで作成・変更します。
roles-permits = 許可する範囲
roles-origin = 定義元
roles-of-file = 設定ファイル
roles-of-database = ここで作成
roles-hides = 作成したロールを隠しています
roles-hidden = 有効でないロール: { $names }
roles-hidden-more = 設定ファイルに同じ名前のロールがあり、そちらが有効です。ここで作成したものは削除してください。ファイルから消えると、再び有効になります。
roles-empty = ロールはありません
roles-empty-more = ロールは、テナントでできることを決めます。ここで作成するか、レルムのファイルに [roles.NAME] として書きます。
roles-new = 新しいロール
roles-new-lead = テナントでこのロールを持つ人は、許可された操作を自分で行い、アプリにも許可できます。
roles-name-hint = 英数字、ハイフン、アンダースコア、ドットが使えます。後から変更できません。
roles-description = 説明
roles-description-hint = 何のためのロールか。
roles-permissions-hint = このロールを持つ人ができることです。星印の行には、今後追加されるものも含まれます。
roles-permissions-written = 1 行に 1 つ。invoices:* のようなパターンは複数を含みます。管理用の権限は、あなた自身の権限を超えられません。
roles-change-lead = このロールを持つ全員に、発行済みのトークンも含めてすぐに反映されます。
roles-holders = 持っている数
roles-holders-count = メンバー: { $members }、サービスアカウント: { $accounts }、API キー: { $keys }
roles-delete-title = ロール { $role } を削除しますか？
roles-delete-breaks = 以後は誰にも付与できません。メンバー、サービスアカウント、API キーのいずれかが持っている間は削除できません。
roles-delete-hidden = 失われる権限はありません。この名前で有効なのは設定ファイルのロールです。
